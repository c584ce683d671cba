/** Alerts as rows: how bad, why, what of it is done. */
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { navigate } from "../../router";
import { currency } from "../../session/about";
import { Age, Money, SeverityMark, shortened, Unknown } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { scored } from "../../ui/numbers";
import { useNow } from "../../ui/now";
import { Who } from "../../ui/person";
import { type Column, Table } from "../../ui/table";
import type { Alert } from "./edits";

interface Props {
  rows: readonly Alert[];
  selected: Signal<ReadonlySet<string>>;
  active: Signal<string | null>;
}

export function AlertTable({ rows, selected, active }: Props) {
  const now = useNow();
  const fresh = useFresh(rows);
  return (
    <Table
      name="Alerts"
      rows={rows}
      id={(one) => one.id}
      label={(one) => `${one.severity}, ${one.explanation}`}
      columns={columns(now)}
      open={(one) => navigate(`/alerts/${one.id}`)}
      selected={selected}
      active={active}
      rowClass={(one) => (fresh.has(one.id) ? "fresh" : "")}
      isMain
    />
  );
}

function columns(now: number): Column<Alert>[] {
  return [
    { head: "Severity", cell: (one) => <SeverityMark severity={one.severity} /> },
    { head: "Score", isNumber: true, cell: (one) => scored(one.risk_score) },
    {
      head: "Why",
      cell: (one) => (
        <>
          <a class="sentence" href={`/alerts/${one.id}`}>
            {one.explanation}
          </a>
          <small class="about">{one.wallets.map((key) => shortened(key)).join(", ")}</small>
        </>
      ),
    },
    {
      head: "Category",
      cell: (one) => (one.risk_category ? <Category name={one.risk_category} /> : <span class="quiet">none</span>),
    },
    {
      head: "Value",
      unit: currency(),
      isNumber: true,
      cell: (one) => (one.value === null ? <Unknown /> : <Money amount={one.value} />),
    },
    { head: "Status", cell: (one) => <Status alert={one} /> },
    { head: "Assigned to", cell: (one) => <Who id={one.assignee} /> },
    { head: "Age", isNumber: true, cell: (one) => <Age at={one.created_at} now={now} /> },
  ];
}

/** Its status, and what has become of what it rests on. */
export function Status({ alert }: { alert: Alert }) {
  return (
    <span class="row">
      {alert.status}
      {alert.verdict && <small>{alert.verdict.replaceAll("_", " ")}</small>}
      {alert.proposal && <small title={alert.proposal_reason ?? ""}>closing proposed</small>}
      {alert.basis_withdrawn_at && <small>payment withdrawn</small>}
      {alert.suppressed_by && <small>suppressed</small>}
    </span>
  );
}

/** The ids that were not there when the list was seen first: they came while somebody looked. */
function useFresh(rows: readonly Alert[]): ReadonlySet<string> {
  const known = useRef<Set<string> | null>(null);
  const fresh = useRef(new Set<string>());
  if (known.current) for (const one of rows) if (!known.current.has(one.id)) fresh.current.add(one.id);
  useEffect(() => {
    known.current ??= new Set(rows.map((one) => one.id));
  }, [rows]);
  return fresh.current;
}
