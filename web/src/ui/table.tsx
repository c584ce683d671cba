/** A table worked by keys: J and K move, Enter opens, X selects, Shift with X a range. */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Shortcut, useKeys } from "./keys";

export interface Column<Row> {
  head: string;
  /** The unit of what stands below, told in the head. */
  unit?: string;
  isNumber?: boolean;
  cell: (row: Row) => ComponentChildren;
  /** What to sort by on a click, where all rows are here. */
  by?: (row: Row) => number | string;
}

interface Props<Row> {
  name: string;
  rows: readonly Row[];
  id: (row: Row) => string;
  /** A row in words, for who cannot see it. */
  label: (row: Row) => string;
  columns: readonly Column<Row>[];
  open?: (row: Row) => void;
  selected?: Signal<ReadonlySet<string>>;
  /** The id of the row that keys are about, for a page that has keys of its own. */
  active?: Signal<string | null>;
  rowClass?: (row: Row) => string;
  /** Whether J, K, Enter and X belong to this table; one on a page. */
  isMain?: boolean;
}

export function Table<Row>(props: Props<Row>) {
  const own = useSignal<string | null>(null);
  const active = props.active ?? own;
  const anchor = useRef<number | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const order = useSignal<{ column: number; down: boolean } | null>(null);
  const rows = sorted(props.rows, order.value && props.columns[order.value.column]?.by, order.value?.down ?? false);
  // By its id and not its place, so that what comes in above it does not move it.
  const at = Math.max(
    0,
    rows.findIndex((one) => props.id(one) === active.value),
  );

  const move = (by: number) => {
    const isFirst = active.value === null && by > 0;
    const place = isFirst ? 0 : Math.max(0, Math.min(rows.length - 1, at + by));
    const target = rows[place];
    if (!target) return;
    active.value = props.id(target);
    row(body.current, place)?.focus();
  };
  const select = (place: number, isRange: boolean) => {
    const { selected } = props;
    if (!selected) return;
    const next = new Set(selected.peek());
    const from = isRange && anchor.current !== null ? anchor.current : place;
    const target = rows[place];
    if (!target) return;
    const isOn = isRange || !next.has(props.id(target));
    for (const one of rows.slice(Math.min(from, place), Math.max(from, place) + 1)) {
      if (isOn) next.add(props.id(one));
      else next.delete(props.id(one));
    }
    anchor.current = place;
    selected.value = next;
  };
  const keys: Shortcut[] = [
    { key: "j", does: "next row", run: () => move(1) },
    { key: "k", does: "row before", run: () => move(-1) },
    ...(props.open
      ? [
          {
            key: "Enter",
            does: "open the row",
            run: (event: KeyboardEvent) => enter(event, () => rows[at] && props.open?.(rows[at])),
          },
        ]
      : []),
    ...(props.selected
      ? [
          { key: "x", does: "select the row", run: () => select(at, false) },
          { key: "shift+x", does: "select as far as the row", run: () => select(at, true) },
        ]
      : []),
  ];
  useKeys(props.isMain ? keys : [], [rows, at, props.open, props.isMain]);
  useEffect(() => {
    anchor.current = null;
  }, [rows]);

  return (
    <section class="scroll" aria-label={props.name}>
      <table>
        <thead>
          <tr>
            {props.selected && (
              <th scope="col" class="pick">
                <All rows={rows.map(props.id)} selected={props.selected} />
              </th>
            )}
            {props.columns.map((column, place) => (
              <Head key={column.head} column={column} place={place} order={order} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((one, place) => (
            <tr
              key={props.id(one)}
              tabIndex={place === at ? 0 : -1}
              class={`${props.rowClass?.(one) ?? ""} ${props.selected?.value.has(props.id(one)) ? "selected" : ""}`}
              aria-label={props.label(one)}
              onFocus={() => {
                active.value = props.id(one);
              }}
              onDblClick={() => props.open?.(one)}
            >
              {props.selected && (
                <td class="pick">
                  <input
                    type="checkbox"
                    aria-label={`Select ${props.label(one)}`}
                    checked={props.selected.value.has(props.id(one))}
                    onClick={(event) => select(place, event.shiftKey)}
                  />
                </td>
              )}
              {props.columns.map((column) => (
                <td key={column.head} class={column.isNumber ? "number" : ""}>
                  {column.cell(one)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Enter on a link or a button is theirs. */
function enter(event: KeyboardEvent, open: () => void): void {
  const target = event.target as HTMLElement;
  if (target.tagName === "TR" || target === document.body) open();
  else target.click();
}

function row(body: HTMLElement | null, place: number): HTMLElement | null {
  return (body?.children[place] as HTMLElement | undefined) ?? null;
}

function sorted<Row>(
  rows: readonly Row[],
  by: ((row: Row) => number | string) | null | undefined,
  down: boolean,
): readonly Row[] {
  if (!by) return rows;
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = by(a),
      y = by(b);
    return x < y ? -sign : x > y ? sign : 0;
  });
}

function Head<Row>({
  column,
  place,
  order,
}: {
  column: Column<Row>;
  place: number;
  order: Signal<{ column: number; down: boolean } | null>;
}) {
  const isBy = order.value?.column === place;
  const words = (
    <>
      {column.head}
      {column.unit && <small> {column.unit}</small>}
    </>
  );
  const turn = () => {
    order.value = { column: place, down: isBy ? !order.value?.down : Boolean(column.isNumber) };
  };
  return (
    <th
      scope="col"
      class={column.isNumber ? "number" : ""}
      {...(isBy ? ({ "aria-sort": order.value?.down ? "descending" : "ascending" } as const) : {})}
    >
      {column.by ? (
        <button type="button" class="sort" onClick={turn}>
          {words}
          {isBy && (order.value?.down ? " ↓" : " ↑")}
        </button>
      ) : (
        words
      )}
    </th>
  );
}

function All({ rows, selected }: { rows: readonly string[]; selected: Signal<ReadonlySet<string>> }) {
  const isAll = rows.length > 0 && rows.every((id) => selected.value.has(id));
  return (
    <input
      type="checkbox"
      aria-label="Select all shown"
      checked={isAll}
      onClick={() => {
        selected.value = isAll ? new Set() : new Set(rows);
      }}
    />
  );
}
