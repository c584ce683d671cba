/** The draft report about a case, in words, as JSON, and in the shape of goAML. */
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { save } from "../../api/files";
import { currency } from "../../session/about";
import { mayWork } from "../../session/me";
import { Box, Money, Time } from "../../ui/atoms";
import { many } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { Goaml } from "./goaml";
import type { CaseDetail } from "./words";

type Draft = Schemas["CaseReport"];

export function Report({ file }: { file: CaseDetail }) {
  const path = { case: file.id };
  const words = useAsked(`words ${file.id}`, async (signal) => {
    const asked = api.GET("/api/v1/cases/{case}/report", {
      params: { path, query: { format: "text" } },
      parseAs: "text",
      signal,
    });
    return String(await answered(asked));
  });
  const draft = useAsked(`json ${file.id}`, (signal) =>
    answered(api.GET("/api/v1/cases/{case}/report", { params: { path }, signal })),
  );
  return (
    <div class="split">
      <Box title="In words" aside={words.data !== null && <Download text={words.data} name={`${file.id}.txt`} />}>
        <Shown asked={words} what="the report">
          {(text) => <pre class="report">{text}</pre>}
        </Shown>
      </Box>
      <div>
        <Box title="What it stands on" aside={draft.data && <Json draft={draft.data} name={`${file.id}.json`} />}>
          <Shown asked={draft} what="the report's figures">
            {(found) => <Summary draft={found} />}
          </Shown>
        </Box>
        {mayWork() && <Goaml id={file.id} />}
      </div>
    </div>
  );
}

function Download({ text, name }: { text: string; name: string }) {
  return (
    <button type="button" onClick={() => save(new Blob([text], { type: "text/plain" }), name)}>
      Download text
    </button>
  );
}

function Json({ draft, name }: { draft: Draft; name: string }) {
  const content = () => new Blob([JSON.stringify(draft, null, 2)], { type: "application/json" });
  return (
    <button type="button" onClick={() => save(content(), name)}>
      Download JSON
    </button>
  );
}

function Summary({ draft }: { draft: Draft }) {
  return (
    <div class="inside">
      <dl class="facts">
        <dt>subjects</dt>
        <dd>{many(draft.wallets.filter((one) => one.subject).length, "wallet")}</dd>
        <dt>transactions</dt>
        <dd>
          {many(draft.transactions.length, "transaction")} of{" "}
          <Money amount={draft.total_value} unit={draft.reference_currency || currency()} />
        </dd>
        {draft.first_at && (
          <>
            <dt>between</dt>
            <dd>
              <Time at={draft.first_at} short /> and <Time at={draft.last_at} short />
            </dd>
          </>
        )}
        <dt>drawn up</dt>
        <dd>
          <Time at={draft.drawn_up_at} short />
        </dd>
      </dl>
      <Points title="What is open" points={draft.open_questions} none="The records leave nothing open." />
      <Points title="What a filing still needs" points={draft.missing} none="Nothing is missing." />
      <p class="quiet">A person has to read and complete it. Nothing is filed.</p>
    </div>
  );
}

export function Points({ title, points, none }: { title: string; points: readonly string[]; none: string }) {
  return (
    <div>
      <h3>{title}</h3>
      {points.length === 0 ? (
        <p class="quiet">{none}</p>
      ) : (
        <ul class="points">
          {points.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
