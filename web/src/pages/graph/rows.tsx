/** Rows of what is here, sorted by a click on a head; so many at a time that a large canvas stays fluent. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useKeys } from "../../ui/keys";

export interface RowColumn<Row> {
  head: string;
  unit?: string;
  isNumber?: boolean;
  by: (row: Row) => number | string | bigint;
  cell: (row: Row) => ComponentChildren;
}

interface Props<Row extends { id: string }> {
  name: string;
  rows: readonly Row[];
  columns: readonly RowColumn<Row>[];
  /** The column sorted by at first, its largest above. */
  first: number;
  isSelected: (row: Row) => boolean;
  turn: (row: Row) => void;
  choose: (row: Row) => void;
  open: (row: Row) => void;
  label: (row: Row) => string;
}

const AT_ONCE = 100;

export function Rows<Row extends { id: string }>(props: Props<Row>) {
  const order = useSignal({ column: props.first, down: true });
  const most = useSignal(AT_ONCE);
  const active = useSignal(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = sorted(props.rows, props.columns[order.value.column]?.by, order.value.down).slice(0, most.value);
  const at = Math.max(0, Math.min(shown.length - 1, active.value));
  const move = (by: number) => {
    active.value = Math.max(0, Math.min(shown.length - 1, at + by));
    (body.current?.children[active.value] as HTMLElement | undefined)?.focus();
  };
  const here = (act: (row: Row) => void) => () => {
    const row = shown[at];
    if (row) act(row);
  };
  useKeys(
    [
      { key: "j", does: "next row of the table", run: () => move(1) },
      { key: "k", does: "row before", run: () => move(-1) },
      { key: "x", does: "select the row, beside what is selected", run: here(props.turn) },
    ],
    [shown, at],
  );
  return (
    <div class="scroll">
      <table aria-label={props.name}>
        <thead>
          <tr>
            {props.columns.map((column, place) => (
              <Head
                key={column.head}
                column={column}
                place={place}
                order={order.value}
                turn={(to) => (order.value = to)}
              />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {shown.map((row, place) => (
            <tr
              key={row.id}
              tabIndex={place === at ? 0 : -1}
              aria-selected={props.isSelected(row)}
              aria-label={props.label(row)}
              onFocus={() => (active.value = place)}
              onClick={(event) => (event.shiftKey ? props.turn(row) : props.choose(row))}
              onDblClick={() => props.open(row)}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                props.choose(row);
              }}
            >
              {props.columns.map((column) => (
                <td key={column.head} class={column.isNumber ? "number" : ""}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < props.rows.length && (
        <p class="row quiet more">
          {shown.length} of {props.rows.length} listed
          <button type="button" onClick={() => (most.value += 5 * AT_ONCE)}>
            List more
          </button>
        </p>
      )}
    </div>
  );
}

interface HeadProps<Row> {
  column: RowColumn<Row>;
  place: number;
  order: { column: number; down: boolean };
  turn: (to: { column: number; down: boolean }) => void;
}

function Head<Row>({ column, place, order, turn }: HeadProps<Row>) {
  const isBy = order.column === place;
  return (
    <th
      scope="col"
      class={column.isNumber ? "number" : ""}
      {...(isBy ? ({ "aria-sort": order.down ? "descending" : "ascending" } as const) : {})}
    >
      <button
        type="button"
        class="sort"
        onClick={() => turn({ column: place, down: isBy ? !order.down : Boolean(column.isNumber) })}
      >
        {column.head}
        {column.unit && <small> {column.unit}</small>}
        {isBy && (order.down ? " ↓" : " ↑")}
      </button>
    </th>
  );
}

function sorted<Row>(rows: readonly Row[], by: RowColumn<Row>["by"] | undefined, down: boolean): Row[] {
  if (!by) return [...rows];
  const sign = down ? -1 : 1;
  const keyed = rows.map((row) => [row, by(row)] as const);
  keyed.sort(([, a], [, b]) => (a < b ? -sign : a > b ? sign : 0));
  return keyed.map(([row]) => row);
}
