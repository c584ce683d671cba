/** A rule that is drafted. Its path has a hyphen, which no rule's id can have. */
import { useMemo } from "preact/hooks";
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { navigate, query } from "../../router";
import { mayRun } from "../../session/me";
import { useEditing } from "../../ui/editing";
import { PageHead } from "../../ui/page";
import { Empty, Shown } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import { BacktestBox } from "./backtest";
import { type Draft, draftOf, EMPTY, sent, shaped } from "./draft";
import { RuleForm } from "./form";
import type { Language } from "./language";
import "./rules.css";

/** `?from=` is a rule to begin with. */
export default function NewRulePage() {
  const from = query.value.get("from");
  const asked = useAsked(from ?? "", async (signal) => {
    const [language, rule] = await Promise.all([
      answered(api.GET("/api/v1/rules/fields", { signal })),
      from ? answered(api.GET("/api/v1/rules/{rule}", { params: { path: { rule: from } }, signal })) : null,
    ]);
    return { language, begun: rule ? { ...draftOf(rule), id: "" } : EMPTY };
  });
  return (
    <>
      <PageHead title="New rule" beside={from && <span class="quiet">begun as a copy of {from}</span>} />
      {mayRun() ? (
        <Shown asked={asked} what="the language of rules">
          {({ language, begun }) => <Drafting language={language} begun={begun} />}
        </Shown>
      ) : (
        <Empty>
          <p>Supervisors and admins draft rules.</p>
          <a href="/rules">To the rules</a>
        </Empty>
      )}
    </>
  );
}

function Drafting({ language, begun }: { language: Language; begun: Draft }) {
  const editing = useEditing(begun, shaped);
  const save = useSubmit(async () => {
    const rule = await answered(api.POST("/api/v1/rules", { body: sent(editing.draft) }));
    tell(`${rule.title} is a draft: it takes part in decisions once it is in force.`);
    navigate(`/rules/${rule.id}`, { replace: true });
  });
  const body = useMemo(() => ({ rule: sent(editing.draft) }), [editing.draft]);
  return (
    <>
      <form class="form" aria-label="New rule" onSubmit={save.onSubmit}>
        <div class="row">
          <button type="submit" class="main" disabled={save.isBusy || editing.wrong !== null}>
            Record the draft
          </button>
          <span class="quiet">Nothing fires before it is brought into force.</span>
        </div>
        {save.failure}
        <RuleForm editing={editing} language={language} problem={save.problem} isNew />
      </form>
      <BacktestBox asked={body} what="the draft above" isBlocked={editing.wrong !== null} />
    </>
  );
}
