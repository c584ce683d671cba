/** A filing in the shape of goAML: what only the reporting entity knows is asked for, nothing is made up. */
import { type Signal, signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { answered, api, type Schemas } from "../../api/client";
import { save } from "../../api/files";
import { Box } from "../../ui/atoms";
import { Field } from "../../ui/fields";
import { useSubmit } from "../../ui/submit";
import { listed } from "./new";
import { Points } from "./report";

type Header = Schemas["GoamlHeader"];
type Values = readonly { name: string; label: string; value: Signal<string> }[];

/** What is asked for, in the words of a form; the names are the header's own. */
const FIELDS: readonly [string, string][] = [
  ["rentity_id", "Reporting entity's id"],
  ["rentity_branch", "Branch"],
  ["submission_code", "Submission code"],
  ["report_code", "Report code"],
  ["entity_reference", "Your reference"],
  ["fiu_ref_number", "Reference of the FIU"],
  ["first_name", "Filed by, first name"],
  ["last_name", "Filed by, last name"],
  ["occupation", "Filed by, occupation"],
  ["email", "Filed by, e-mail"],
  ["reason", "Reason"],
  ["action", "Action taken"],
  ["indicators", "Indicators, by comma"],
  ["transmode_code", "Transaction mode code"],
  ["funds_code", "Funds code"],
  ["country", "Country code"],
  ["institution_name", "Institution"],
  ["institution_code", "Institution code"],
  ["swift", "SWIFT code"],
];
const PERSON = ["first_name", "last_name", "occupation", "email"] as const;

export function Goaml({ id }: { id: string }) {
  const values: Values = useMemo(() => FIELDS.map(([name, label]) => ({ name, label, value: signal("") })), []);
  const made = useSignal<Schemas["GoamlView"] | null>(null);
  const drafting = useSubmit(async () => {
    made.value = await answered(
      api.POST("/api/v1/cases/{case}/report/goaml", { params: { path: { case: id } }, body: header(values) }),
    );
  });
  return (
    <Box title="goAML draft">
      <form class="inside" onSubmit={drafting.onSubmit}>
        <p class="quiet">What you leave empty is left out and named as missing. That a draft was made is recorded.</p>
        <details>
          <summary>What only you know</summary>
          <div class="goaml">
            {values.map(({ name, label, value }) => (
              <Field key={name} label={label} value={value} type={name === "rentity_id" ? "number" : "text"} />
            ))}
          </div>
        </details>
        {drafting.failure}
        <p class="row">
          <button type="submit" disabled={drafting.isBusy}>
            {drafting.isBusy ? "Drafting …" : "Draft"}
          </button>
          {made.value && <DownloadXml view={made.value} name={`${id}.xml`} />}
        </p>
        {made.value && <Result view={made.value} />}
      </form>
    </Box>
  );
}

/** Only what was given is sent. */
function header(values: Values): Header {
  const filled = values.map(({ name, value }) => [name, value.value.trim()] as const).filter(([, text]) => text);
  const given: Record<string, string> = Object.fromEntries(filled);
  const { rentity_id, indicators, ...rest } = given;
  const person = Object.fromEntries(PERSON.flatMap((name) => (given[name] ? [[name, given[name]]] : [])));
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !PERSON.some((one) => one === name)));
  return {
    ...own,
    ...(rentity_id ? { rentity_id: Number(rentity_id) } : {}),
    ...(indicators ? { indicators: listed(indicators) } : {}),
    ...(Object.keys(person).length > 0 ? { reporting_person: person } : {}),
  } as Header;
}

function DownloadXml({ view, name }: { view: Schemas["GoamlView"]; name: string }) {
  return (
    <button type="button" onClick={() => save(new Blob([view.document], { type: "application/xml" }), name)}>
      Download XML
    </button>
  );
}

function Result({ view }: { view: Schemas["GoamlView"] }) {
  const valid =
    view.valid === null ? "not checked: this server has no schema" : view.valid ? "valid" : "refused by the schema";
  return (
    <>
      <dl class="facts">
        <dt>schema</dt>
        <dd>{valid}</dd>
        <dt>SHA-256</dt>
        <dd class="mono">{view.sha256}</dd>
      </dl>
      {view.violations.length > 0 && (
        <Points
          title="What the schema refuses"
          points={view.violations.map((one) => `line ${one.line}, ${one.element}: ${one.message}`)}
          none=""
        />
      )}
      <Points title="Missing" points={view.missing} none="Nothing is missing." />
    </>
  );
}
