/** What a backtest told: how often it would fire, what that adds to alerts, how right it was, and examples. */
import type { Schemas } from "../../api/client";
import { currency } from "../../session/about";
import { Key, Money, type Severity, SeverityMark, Time, Unknown } from "../../ui/atoms";
import { counted, many, percent } from "../../ui/numbers";
import { type Column, Table } from "../../ui/table";

type Backtest = Schemas["Backtest"];
type Example = Schemas["Example"];

export function BacktestResult({ result, at }: { result: Backtest; at: string | null }) {
  const { in_force: beside } = result;
  return (
    <section class="form" aria-label="What the backtest told">
      <p class="told">
        <strong>
          Fires for {many(result.fired, "transaction")} of {counted(result.considered)} ({percent(result.rate)}),{" "}
          <Money amount={result.fired_value} unit={currency()} />.
        </strong>{" "}
        {result.fired > 0 && `${counted(result.fired_unalerted)} of them have no alert so far. `}
        {precisionWords(result)}
      </p>
      <Cautions result={result} />
      <dl class="figures">
        <Figure name="fired" value={counted(result.fired)} />
        <Figure name="newly alerted" value={counted(result.fired_unalerted)} />
        <Figure name="alerted already" value={counted(result.fired_alerted)} />
        <Figure name="no longer fired" value={beside ? counted(beside.only_in_force) : "–"} />
        <Figure name="precision" value={result.precision === null ? "unknown" : percent(result.precision)} />
        <Figure name="confirmed" value={counted(result.confirmed)} />
        <Figure name="false positives" value={counted(result.false_positives)} />
      </dl>
      {beside && (
        <p>
          Version {beside.version}, which is in force, fires for {counted(beside.fired)} of the same:{" "}
          <strong>{counted(beside.only_tried)}</strong> would come, <strong>{counted(beside.only_in_force)}</strong>{" "}
          would go.
        </p>
      )}
      <Examples title="The most valuable it fires for" examples={result.examples} />
      {beside && (
        <Examples title="The most valuable that the version in force alone fires for" examples={beside.lost} />
      )}
      <p class="quiet">
        Tried <Time at={at} />; {result.version === null ? "a draft" : `version ${result.version}`} of {result.rule}. By
        what decisions recorded: {counted(result.recorded_facts)} of {counted(result.considered)}; the others by what
        the graph knows now of the time before them.
      </p>
    </section>
  );
}

function precisionWords({ precision, confirmed, false_positives, fired }: Backtest): string {
  if (fired === 0) return "";
  if (precision === null) return "Its precision is unknown: nobody has given a verdict on any of them.";
  return `Precision ${percent(precision)}, by ${many(confirmed + false_positives, "verdict")}.`;
}

function Cautions({ result }: { result: Backtest }) {
  return (
    <>
      {result.considered < result.of_total && (
        <p class="notice">
          Cut: {counted(result.considered)} of {counted(result.of_total)} transactions were tried.
        </p>
      )}
      {result.not_judged > 0 && (
        <p class="notice">
          {many(result.not_judged, "transaction")} could not be judged: {result.not_judged_why}
        </p>
      )}
    </>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Examples({ title, examples }: { title: string; examples: readonly Example[] }) {
  if (examples.length === 0) return null;
  return (
    <div class="form">
      <h3>{title}</h3>
      <Table
        name={title}
        rows={examples}
        id={(one) => one.transaction}
        label={(one) => one.transaction}
        columns={columns()}
      />
    </div>
  );
}

function columns(): Column<Example>[] {
  return [
    { head: "Transaction", cell: (one) => <Key of={one.transaction} href={addressOf(one.transaction)} /> },
    { head: "Moved", cell: (one) => <Time at={one.at} short />, by: (one) => one.at },
    { head: "Value", unit: currency(), isNumber: true, cell: (one) => <Money amount={one.value} /> },
    { head: "Decided", cell: (one) => severity(one) },
    {
      head: "Alert",
      cell: (one) =>
        one.alert ? <Key of={one.alert} href={`/alerts/${one.alert}`} /> : <span class="quiet">none</span>,
    },
    { head: "Found", cell: (one) => one.detail || <span class="quiet">the condition is met</span> },
  ];
}

function severity({ severity: found }: Example) {
  return found === null ? <Unknown /> : <SeverityMark severity={found as Severity} />;
}

function addressOf(transaction: string): string {
  return `/transactions/${encodeURIComponent(transaction)}`;
}
