/** Every rule: what it looks for, whether it is in force, and what it counts. */
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { navigate, query } from "../../router";
import { mayRun } from "../../session/me";
import { Time } from "../../ui/atoms";
import { Field, Select } from "../../ui/fields";
import { bound } from "../../ui/filtered";
import { useKeys } from "../../ui/keys";
import { Listed } from "../../ui/listed";
import { PageHead } from "../../ui/page";
import { type Column, Table } from "../../ui/table";
import { RuleState } from "./marks";

type Rule = Schemas["RuleView"];

const STATES = ["draft", "active", "retired"] as const;
export const NEW = "/rules/new-rule";

export default function RulesPage() {
  const state = STATES.find((one) => one === query.value.get("state"));
  const kind = query.value.get("kind") ?? "";
  const words = (query.value.get("q") ?? "").toLowerCase();
  const listing = useListing(state ?? "", (cursor, signal) =>
    answered(
      api.GET("/api/v1/rules", {
        params: { query: { limit: 1000, ...(state ? { state } : {}), ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  useKeys(mayRun() ? [{ key: "n", does: "draft a rule", run: () => navigate(NEW) }] : [], [mayRun()]);
  const isMeant = (rule: Rule) =>
    (kind === "" || (kind === "graph") === (rule.graph !== null)) &&
    [rule.id, rule.title, rule.reason, rule.why].some((one) => one.toLowerCase().includes(words));
  return (
    <>
      <PageHead
        title="Rules"
        actions={
          mayRun() && (
            <a class="button" href={NEW}>
              New rule <kbd>N</kbd>
            </a>
          )
        }
      />
      <Filters />
      <Listed
        listing={listing}
        what="rules"
        empty={
          <p>No rule {state ? `is ${state}` : "is recorded"}. Rules that come with the software are shipped active.</p>
        }
      >
        {(rows) => (
          <Table
            name="Rules"
            isMain
            rows={rows.filter(isMeant)}
            id={(rule) => rule.id}
            label={(rule) => rule.title}
            columns={COLUMNS}
            open={(rule) => navigate(`/rules/${rule.id}`)}
          />
        )}
      </Listed>
    </>
  );
}

function Filters() {
  return (
    <search class="filters">
      <Field label="Words" type="search" value={bound("q")} />
      <Select
        label="State"
        value={bound("state")}
        options={[{ value: "", label: "any" }, ...STATES.map((one) => ({ value: one, label: one }))]}
      />
      <Select
        label="Looks at"
        value={bound("kind")}
        options={[
          { value: "", label: "anything" },
          { value: "payment", label: "the payment" },
          { value: "graph", label: "a pattern in the graph" },
        ]}
      />
    </search>
  );
}

const COLUMNS: Column<Rule>[] = [
  {
    head: "Rule",
    cell: (rule) => (
      <>
        <a href={`/rules/${rule.id}`}>{rule.title}</a>
        <br />
        <small>{rule.id}</small>
      </>
    ),
    by: (rule) => rule.title,
  },
  { head: "State", cell: (rule) => <RuleState rule={rule} />, by: (rule) => rule.state },
  {
    head: "Looks at",
    cell: (rule) => (rule.graph ? "graph pattern" : "payment"),
    by: (rule) => Number(rule.graph !== null),
  },
  { head: "Score", unit: "0–1", isNumber: true, cell: (rule) => rule.score, by: (rule) => rule.score },
  {
    head: "Floor",
    unit: "0–1",
    isNumber: true,
    cell: (rule) => rule.floor ?? <span class="quiet">none</span>,
    by: (rule) => rule.floor ?? -1,
  },
  { head: "Reason code", cell: (rule) => <code>{rule.reason}</code>, by: (rule) => rule.reason },
  { head: "Changed", cell: (rule) => <Time at={rule.recorded_at} short />, by: (rule) => rule.recorded_at },
];
