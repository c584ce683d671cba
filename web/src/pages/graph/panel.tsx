/** Beside the canvas: what is selected and what can be asked about it; with nothing selected, how to read it. */
import type { Signal } from "@preact/signals";
import { currency } from "../../session/about";
import { Box, Key, Money, Time, Unknown } from "../../ui/atoms";
import { Category, categoryClass } from "../../ui/categories";
import { many, scored } from "../../ui/numbers";
import type { Acts } from "./desk";
import { ExpandForm } from "./expand_form";
import type { Filters } from "./filters";
import { FlowFacts } from "./flow_facts";
import { Legend } from "./legend";
import type { Drawn } from "./picture";
import { Tool } from "./tools";
import type { Workspace } from "./workspace";

interface Props {
  work: Workspace;
  filters: Signal<Filters>;
  acts: Acts;
  expand: (id: string) => void;
}

export function Panel({ work, filters, acts, expand }: Props) {
  const { nodes, flows } = work.picture.value;
  const chosen = [...work.selected.value].flatMap((id) => nodes.get(id) ?? []);
  const flow = work.selectedFlow.value === null ? undefined : flows.get(work.selectedFlow.value);
  const [one] = chosen;
  return (
    <aside class="beside" aria-label="What is selected">
      {flow ? (
        <FlowFacts key={flow.id} flow={flow} name={(id) => nodes.get(id)?.name ?? id} />
      ) : one && chosen.length === 1 ? (
        <NodeFacts work={work} one={one} acts={acts} filters={filters} expand={expand} />
      ) : chosen.length > 1 ? (
        <Several work={work} chosen={chosen} acts={acts} />
      ) : (
        <Legend work={work} />
      )}
    </aside>
  );
}

function NodeFacts({ work, one, acts, filters, expand }: Props & { one: Drawn }) {
  const fact = work.book.facts.value.wallets.get(one.key);
  const isPart = one.kind === "cluster";
  return (
    <Box
      title={one.name}
      aside={one.category ? <Category name={one.category} /> : <span class="quiet">{words(one)}</span>}
    >
      <div class="inside">
        {!isPart && <Key of={one.key} href={pageOf(one)} />}
        <dl class="facts">
          {one.kind === "wallet" && <Sums one={one} />}
          {fact?.score != null && (
            <>
              <dt>Score</dt>
              <dd>{scored(fact.score)}</dd>
            </>
          )}
          {one.kind === "transaction" && <Line head="Value" value={one.inValue} />}
          <dt>Shown</dt>
          <dd>
            {one.total === null
              ? many(one.shown, "neighbour")
              : `${one.shown} of ${many(one.total, "counterparty", "counterparties")}`}
            {fact?.degree != null && `, ${many(fact.degree, "flow")} in all`}
          </dd>
          <dt>First here</dt>
          <dd>
            <Time at={one.firstAt} short />
          </dd>
        </dl>
        {stopOf(one) && <p class="notice">{stopOf(one)}</p>}
        {one.changes.length > 0 && <p class="notice">Since it was saved: {one.changes.join("; ")}</p>}
        {one.note && <blockquote class="noted">{one.note}</blockquote>}
        <div class="tools">
          {one.kind !== "transaction" && <Tool name={isPart ? "Unfold" : "Fold"} letter="C" run={acts.collapse} />}
          {!isPart && <Tool name={one.pinned ? "Unpin" : "Pin"} letter="P" run={acts.pin} />}
          <Tool name="Hide" letter="H" run={acts.hide} />
          {!isPart && <Tool name={one.note ? "Edit note" : "Note"} letter="N" run={acts.note} />}
        </div>
        {one.kind === "wallet" && <ExpandForm work={work} wallet={one.key} filters={filters} expand={expand} />}
      </div>
    </Box>
  );
}

function Sums({ one }: { one: Drawn }) {
  return (
    <>
      <Line head="Received" value={one.inValue} />
      <Line head="Sent" value={one.outValue} />
    </>
  );
}

function Line({ head, value }: { head: string; value: string | null }) {
  return (
    <>
      <dt>{head}</dt>
      <dd>{value === null ? <Unknown /> : <Money amount={value} unit={currency()} />}</dd>
    </>
  );
}

function words(one: Drawn): string {
  return one.kind === "wallet" ? "no category known" : one.kind === "cluster" ? "folded" : "transaction";
}

function pageOf(one: Drawn): string {
  return `/${one.kind === "wallet" ? "wallets" : "transactions"}/${encodeURIComponent(one.key)}`;
}

/** Where tracing stops is no end of the money. */
function stopOf(one: Drawn): string | null {
  const kind = one.category && categoryClass(one.category);
  if (kind === "illicit") return "Tracing stops here: what comes from it counts as illicit, wherever it had it from.";
  if (kind === "service")
    return "Tracing stops here: a service mixes the money of many, and its flows say nothing of whose it is.";
  return null;
}

function Several({ work, chosen, acts }: { work: Workspace; chosen: readonly Drawn[]; acts: Acts }) {
  const { flows } = work.picture.value;
  const inside = new Set(chosen.map((one) => one.id));
  const between = [...flows.values()].filter((one) => inside.has(one.source) && inside.has(one.target));
  return (
    <Box title={`${many(chosen.length, "node")} selected`}>
      <div class="inside">
        <ul class="plain chosen">
          {chosen.slice(0, 12).map((one) => (
            <li key={one.id}>
              <button type="button" class="bare" onClick={() => work.select([one.id])}>
                {one.name}
              </button>
              {one.category && <Category name={one.category} />}
            </li>
          ))}
          {chosen.length > 12 && <li class="quiet">and {chosen.length - 12} more</li>}
        </ul>
        <div class="tools">
          {chosen.length === 2 && <Tool name="Paths between" letter="T" run={acts.path} />}
          <Tool name="Expand" letter="E" run={acts.expand} />
          <Tool name="Pin" letter="P" run={acts.pin} />
          <Tool name="Hide" letter="H" run={acts.hide} />
        </div>
        <h3>{many(between.length, "flow")} between them</h3>
        <ul class="plain chosen">
          {between.slice(0, 20).map((one) => (
            <li key={one.id}>
              <button type="button" class="bare" onClick={() => work.selectFlow(one.id)}>
                {work.picture.value.nodes.get(one.source)?.name} → {work.picture.value.nodes.get(one.target)?.name}
              </button>
              <Money amount={one.value} unit={currency()} />
            </li>
          ))}
          {between.length > 20 && <li class="quiet">and {between.length - 20} more, in the table of flows</li>}
        </ul>
      </div>
    </Box>
  );
}
