/** The same content as tables: nodes and flows, sorted by any column, with the selection of the canvas. */
import { useSignal } from "@preact/signals";
import { currency } from "../../session/about";
import { Money, Time, Unknown } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import type { Drawn, DrawnFlow } from "./picture";
import { type RowColumn, Rows } from "./rows";
import { micro } from "./sums";
import type { Workspace } from "./workspace";

export function Tables({ work, expand }: { work: Workspace; expand: (id: string) => void }) {
  const which = useSignal<"nodes" | "flows">("nodes");
  const { nodes, flows } = work.picture.value;
  return (
    <section class="listing" aria-label="The canvas as tables">
      <div class="row" role="tablist">
        {(["nodes", "flows"] as const).map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={which.value === one}
            onClick={() => (which.value = one)}
          >
            {one === "nodes" ? `Nodes ${nodes.size}` : `Flows ${flows.size}`}
          </button>
        ))}
        <span class="quiet hint">
          <kbd>J</kbd> <kbd>K</kbd> move, <kbd>X</kbd> selects, <kbd>Enter</kbd> selects alone and shows
        </span>
      </div>
      {which.value === "nodes" ? <Nodes work={work} expand={expand} /> : <Flows work={work} />}
    </section>
  );
}

function Nodes({ work, expand }: { work: Workspace; expand: (id: string) => void }) {
  return (
    <Rows
      name="Nodes"
      rows={[...work.picture.value.nodes.values()]}
      columns={nodeColumns()}
      first={2}
      isSelected={(one) => work.selected.value.has(one.id)}
      turn={(one) => work.turn(one.id)}
      choose={(one) => {
        work.select([one.id]);
        work.cursor.value = one.id;
      }}
      open={(one) => expand(one.id)}
      label={(one) => `${one.name} ${one.key}`}
    />
  );
}

function nodeColumns(): RowColumn<Drawn>[] {
  return [
    { head: "Name", by: (one) => one.name.toLowerCase(), cell: (one) => <span title={one.key}>{one.name}</span> },
    {
      head: "Category",
      by: (one) => one.category ?? "~",
      cell: (one) =>
        one.category ? (
          <Category name={one.category} />
        ) : one.kind === "wallet" ? (
          <Unknown />
        ) : (
          <span class="quiet">{one.kind}</span>
        ),
    },
    amount("Received", (one) => one.inValue),
    amount("Sent", (one) => one.outValue),
    {
      head: "Neighbours",
      isNumber: true,
      by: (one) => one.shown,
      cell: (one) => (one.total === null ? one.shown : `${one.shown} of ${one.total}`),
    },
    { head: "First here", by: (one) => one.firstAt ?? "~", cell: (one) => <Time at={one.firstAt} short /> },
    {
      head: "Marks",
      by: (one) => -one.marks.length - one.changes.length,
      cell: (one) => [...one.marks, ...one.changes.map((c) => `Δ ${c}`), ...(one.pinned ? ["pinned"] : [])].join(", "),
    },
    { head: "Note", by: (one) => one.note || "~", cell: (one) => one.note },
  ];
}

function amount<Row>(head: string, of: (row: Row) => string | null): RowColumn<Row> {
  return {
    head,
    unit: currency(),
    isNumber: true,
    by: (row) => micro(of(row) ?? "-1"),
    cell: (row) => {
      const value = of(row);
      return value === null ? <Unknown /> : <Money amount={value} />;
    },
  };
}

function Flows({ work }: { work: Workspace }) {
  const { nodes, flows } = work.picture.value;
  const name = (id: string) => nodes.get(id)?.name ?? id;
  const columns: RowColumn<DrawnFlow>[] = [
    {
      head: "From",
      by: (one) => name(one.source).toLowerCase(),
      cell: (one) => <span title={one.source}>{name(one.source)}</span>,
    },
    {
      head: "To",
      by: (one) => name(one.target).toLowerCase(),
      cell: (one) => <span title={one.target}>{name(one.target)}</span>,
    },
    amount("Value", (one) => one.value),
    { head: "Transactions", isNumber: true, by: (one) => one.count, cell: (one) => one.count },
    { head: "First", by: (one) => one.first_at, cell: (one) => <Time at={one.first_at} short /> },
    { head: "Last", by: (one) => one.last_at, cell: (one) => <Time at={one.last_at} short /> },
    {
      head: "Marks",
      by: (one) => -one.changes.length,
      cell: (one) => [one.isDerived ? "" : "movement", ...one.changes.map((c) => `Δ ${c}`)].filter(Boolean).join(", "),
    },
  ];
  return (
    <Rows
      name="Flows"
      rows={[...flows.values()]}
      columns={columns}
      first={2}
      isSelected={(one) => work.selectedFlow.value === one.id}
      turn={(one) => work.selectFlow(one.id)}
      choose={(one) => work.selectFlow(one.id)}
      open={(one) => work.selectFlow(one.id)}
      label={(one) => `${name(one.source)} to ${name(one.target)}`}
    />
  );
}
