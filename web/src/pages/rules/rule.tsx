/** One rule: what it says, what it would do, what it has been, and whether it is in force. */
import { useMemo } from "preact/hooks";
import { type Asking, useAsked } from "../../api/asking";
import { answered, api, type Schemas, whole } from "../../api/client";
import type { PageProps } from "../../routes";
import { mayRun } from "../../session/me";
import { Time } from "../../ui/atoms";
import { asText, useEditing } from "../../ui/editing";
import { Who } from "../../ui/person";
import { PageHead } from "../../ui/page";
import { Shown } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import { BacktestBox } from "./backtest";
import { draftOf, sent, shaped } from "./draft";
import { RuleForm } from "./form";
import type { Language } from "./language";
import { RuleState } from "./marks";
import { Steps } from "./steps";
import { Versions } from "./versions";
import "./rules.css";

type Rule = Schemas["RuleView"];

interface Found {
  rule: Rule;
  etag: string;
}

export default function RulePage({ parameters }: PageProps) {
  const id = parameters.id ?? "";
  const language = useAsked("language", (signal) => answered(api.GET("/api/v1/rules/fields", { signal })));
  const asked = useAsked<Found>(id, async (signal) => {
    const { data, response } = await whole(api.GET("/api/v1/rules/{rule}", { params: { path: { rule: id } }, signal }));
    return { rule: data, etag: response.headers.get("etag") ?? "" };
  });
  return (
    <>
      <PageHead
        title={asked.data?.rule.title ?? id}
        beside={asked.data && <RuleState rule={asked.data.rule} />}
        actions={asked.data && <Steps rule={asked.data.rule} again={asked.again} />}
      />
      <Shown asked={asked} what="the rule">
        {(found) => (
          <>
            <p class="quiet">
              {found.rule.id}, version {found.rule.version}, recorded <Time at={found.rule.recorded_at} /> by{" "}
              <Who id={found.rule.author} />
            </p>
            <Shown asked={language} what="the language of rules">
              {(known) => <Edited key={found.rule.version} found={found} asked={asked} language={known} />}
            </Shown>
            <Versions rule={found.rule} />
          </>
        )}
      </Shown>
    </>
  );
}

function Edited({ found, asked, language }: { found: Found; asked: Asking<Found>; language: Language }) {
  const { rule, etag } = found;
  const recorded = useMemo(() => draftOf(rule), [rule]);
  const editing = useEditing(recorded, shaped);
  const isChanged = asText(editing.draft) !== asText(recorded);
  const save = useSubmit(async () => {
    const { data, response } = await whole(
      api.PUT("/api/v1/rules/{rule}", {
        params: { path: { rule: rule.id }, header: { "If-Match": etag } },
        body: sent(editing.draft),
      }),
    );
    tell(data.version === rule.version ? "Nothing differs: no new version." : `Version ${data.version} is recorded.`);
    asked.put({ rule: data, etag: response.headers.get("etag") ?? "" });
  });
  const tried = useMemo(
    () => (isChanged ? { rule: { ...sent(editing.draft), id: rule.id } } : { rule_id: rule.id }),
    [editing.draft, isChanged, rule.id],
  );
  return (
    <>
      <form class="form" aria-label="Rule" onSubmit={save.onSubmit}>
        {mayRun() ? (
          <div class="row">
            <button type="submit" class="main" disabled={!isChanged || save.isBusy || editing.wrong !== null}>
              Record version {rule.version + 1}
            </button>
            <button type="button" disabled={!isChanged} onClick={() => editing.change(recorded)}>
              Back to version {rule.version}
            </button>
            <span class="quiet">
              {isChanged ? "Changed, not recorded." : "What is in force stays so until another version is activated."}
            </span>
          </div>
        ) : (
          <p class="quiet">Supervisors and admins change rules; what you change here is not kept.</p>
        )}
        {save.problem?.status === 412 && (
          <p class="notice">
            Somebody changed the rule meanwhile. Copy what you need from the text before you{" "}
            <button type="button" class="bare" onClick={asked.again}>
              read it again
            </button>
            .
          </p>
        )}
        {save.failure}
        <RuleForm editing={editing} language={language} problem={save.problem} isNew={false} />
      </form>
      <BacktestBox
        asked={tried}
        what={isChanged ? "it as changed above" : `version ${rule.version}`}
        isBlocked={editing.wrong !== null}
      />
    </>
  );
}
