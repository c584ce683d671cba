/** Where things are put: by time from left to right, or beside the wallet that brought them. No chance in it. */
import type { Place } from "./changes";
import { flowId } from "./model";
import type { Drawn, Picture } from "./picture";

export const STEP_X = 220,
  STEP_Y = 44;

/** So many rows that a block of this many has about the shape of the canvas. */
function rowsFor(count: number): number {
  return Math.max(Math.min(count, 10), Math.ceil(Math.sqrt(count * 3)));
}

/** Left to right by first movement: payers left of whom they paid, in columns; equal columns in order of their payers. */
export function byTime(picture: Picture): Map<string, Place> {
  const when = new Map([...picture.nodes.values()].map((one) => [one.id, arrival(one, picture)]));
  const ordered = [...picture.nodes.values()].sort(
    (a, b) => order(when.get(a.id) ?? "", when.get(b.id) ?? "") || order(a.id, b.id),
  );
  const rows = Math.max(2, Math.ceil(Math.sqrt(ordered.length * 3)));
  const places = new Map<string, Place>();
  let column: Drawn[] = [];
  let x = 0;
  const close = () => {
    for (const [id, y] of spread(column, places, picture)) places.set(id, { x, y });
    x += STEP_X;
    column = [];
  };
  for (const one of ordered) {
    const isPaidHere = column.some((other) => picture.flows.has(flowId(other.id, one.id)));
    if (column.length >= rows || isPaidHere) close();
    column.push(one);
  }
  close();
  return places;
}

/** When money first came to it; who only pays comes right before the first whom they pay. */
function arrival(one: Drawn, picture: Picture): string {
  const paid = firstIn(one.id, picture);
  // A movement stands between who sent it and who got it.
  if (paid) return one.kind === "transaction" ? `${paid}05` : `${paid}1`;
  const others = [...(picture.neighbours.get(one.id) ?? [])].map((other) => firstIn(other, picture) ?? "~");
  // The sign behind the time they have in common puts the payer first.
  return others.length ? `${others.sort()[0]}0` : "~";
}

function firstIn(id: string, picture: Picture): string | undefined {
  const times = [...(picture.neighbours.get(id) ?? [])].flatMap(
    (other) => picture.flows.get(flowId(other, id))?.first_at ?? [],
  );
  return times.sort()[0];
}

function spread(column: readonly Drawn[], places: ReadonlyMap<string, Place>, picture: Picture): [string, number][] {
  const height = (one: Drawn) => {
    const known = [...(picture.neighbours.get(one.id) ?? [])].flatMap((id) => places.get(id)?.y ?? []);
    return known.length ? known.reduce((sum, y) => sum + y, 0) / known.length : 0;
  };
  const ranked = column.map((one) => [one, height(one)] as const);
  ranked.sort(([a, x], [b, y]) => y - x || order(a.id, b.id));
  const top = ((ranked.length - 1) * STEP_Y) / 2;
  return ranked.map(([one], row) => [one.id, top - row * STEP_Y]);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Places beside one of the canvas, payers left and paid right, in columns where nothing stands yet. */
export function beside(
  centre: Place,
  payers: readonly string[],
  paid: readonly string[],
  taken: Iterable<Place>,
): Map<string, Place> {
  const grid = new Set([...taken].map(({ x, y }) => cell(x, y)));
  const places = new Map<string, Place>();
  for (const [ids, side] of [
    [payers, -1],
    [paid, 1],
  ] as const) {
    const rows = Math.max(1, rowsFor(ids.length));
    const columns = Math.ceil(ids.length / rows);
    const far = freeDistance(grid, centre, side, rows, columns);
    for (const [at, id] of ids.entries()) {
      const row = at % rows;
      const offset = row % 2 ? -(row + 1) / 2 : row / 2;
      const x = centre.x + side * (far + Math.floor(at / rows)) * STEP_X;
      places.set(id, { x, y: centre.y + (offset + (rows % 2 ? 0 : 0.5)) * STEP_Y });
    }
    for (const place of places.values()) grid.add(cell(place.x, place.y));
  }
  return places;
}

function freeDistance(grid: ReadonlySet<string>, centre: Place, side: number, rows: number, columns: number): number {
  const isFree = (far: number) => {
    for (let column = 0; column < columns; column++)
      for (let row = -Math.ceil(rows / 2); row <= Math.ceil(rows / 2); row++)
        if (grid.has(cell(centre.x + side * (far + column) * STEP_X, centre.y + row * STEP_Y))) return false;
    return true;
  };
  for (let far = 1; far < 60; far++) if (isFree(far)) return far;
  return 60;
}

function cell(x: number, y: number): string {
  return `${Math.round(x / STEP_X)} ${Math.round(y / STEP_Y)}`;
}
