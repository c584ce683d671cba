/** What is drawn of a canvas, and what stands in the table: worked out from its things and the facts about them. */

import { shortened } from "../../ui/atoms";
import { categoryClass, categoryColour } from "../../ui/categories";
import { counted, many } from "../../ui/numbers";
import { type Facts, type FlowFact, movements } from "./facts";
import { type Canvas, clusterId, flowId, isDrawn, type Placed } from "./model";
import type { Before } from "./since";
import { magnitude, plus } from "./sums";

export type Shape = "circle" | "square" | "diamond" | "hexagon";

export interface Drawn {
  id: string;
  kind: "wallet" | "transaction" | "cluster";
  key: string;
  /** A known actor's name, else the key shortened. */
  name: string;
  shape: Shape;
  category: string | null;
  /** The custom property of its colour. */
  colour: string;
  size: number;
  x: number;
  y: number;
  pinned: boolean;
  note: string;
  inValue: string | null;
  outValue: string | null;
  /** Its neighbours that are drawn; of how many, where that is known. */
  shown: number;
  total: number | null;
  /** What to know about it: what is left out, where tracing stops, what has changed since the canvas was saved. */
  marks: string[];
  changes: string[];
  firstAt: string | null;
}

export interface DrawnFlow extends FlowFact {
  id: string;
  /** Worked out from transactions; false for a movement of one transaction. */
  isDerived: boolean;
  changes: string[];
}

export interface Picture {
  nodes: ReadonlyMap<string, Drawn>;
  flows: ReadonlyMap<string, DrawnFlow>;
  neighbours: ReadonlyMap<string, ReadonlySet<string>>;
  hidden: number;
}

const HUB = 1_000;

export function pictureOf(canvas: Canvas, facts: Facts, before: Before | null): Picture {
  const flows = drawnFlows(canvas, facts, before);
  const neighbours = new Map<string, Set<string>>();
  const first = new Map<string, string>();
  const link = (from: string, to: string) => neighbours.set(from, (neighbours.get(from) ?? new Set()).add(to));
  for (const one of flows.values()) {
    link(one.source, one.target);
    link(one.target, one.source);
    for (const end of [one.source, one.target])
      if (one.first_at < (first.get(end) ?? "~")) first.set(end, one.first_at);
  }
  const nodes = new Map<string, Drawn>();
  const folded = new Map<string, Placed[]>();
  for (const [id, one] of canvas.nodes) {
    if (one.hidden) continue;
    if (one.foldedInto !== null) folded.set(one.foldedInto, [...(folded.get(one.foldedInto) ?? []), one]);
    else nodes.set(id, one.kind === "wallet" ? wallet(id, one, facts) : transaction(id, one, facts));
  }
  for (const [owner, inside] of folded) nodes.set(clusterId(owner), cluster(owner, inside));
  for (const [id, one] of nodes) {
    one.shown = neighbours.get(id)?.size ?? 0;
    one.firstAt = first.get(id) ?? null;
    one.changes = before?.ofWallet(one.key, facts) ?? [];
    one.marks = marksOf(one, facts, within(folded.get(one.key)));
  }
  return { nodes, flows, neighbours, hidden: [...canvas.nodes.values()].filter((one) => one.hidden).length };
}

function within(folded: Placed[] | undefined): number {
  return folded ? folded.length - 1 : 0;
}

function wallet(id: string, at: Placed, facts: Facts): Drawn {
  const fact = facts.wallets.get(at.key);
  const category = fact?.category ?? null;
  const kind = category ? categoryClass(category) : undefined;
  const value = fact ? larger(fact.in_value, fact.out_value) : "0";
  return {
    ...common(id, at),
    kind: "wallet",
    name: fact?.actor ?? shortened(at.key),
    shape: kind === "illicit" ? "diamond" : kind === "service" ? "square" : "circle",
    category,
    colour: category ? categoryColour(category) : "--untraced",
    size: Math.min(18, 5 + 1.9 * magnitude(value)),
    inValue: fact?.in_value ?? null,
    outValue: fact?.out_value ?? null,
    total: facts.totals.get(at.key) ?? null,
  };
}

function transaction(id: string, at: Placed, facts: Facts): Drawn {
  const fact = facts.transactions.get(at.key);
  return {
    ...common(id, at),
    kind: "transaction",
    name: shortened(at.key),
    shape: "square",
    category: null,
    colour: "--soft",
    size: 4.5,
    inValue: fact?.value ?? null,
    outValue: fact?.value ?? null,
    total: null,
  };
}

function cluster(owner: string, inside: readonly Placed[]): Drawn {
  const middle = (of: "x" | "y") => inside.reduce((sum, one) => sum + one[of], 0) / inside.length;
  return {
    ...common(clusterId(owner), { x: middle("x"), y: middle("y"), key: clusterId(owner), pinned: false, note: "" }),
    kind: "cluster",
    name: `${many(inside.length, "wallet")} of ${shortened(owner)}`,
    shape: "hexagon",
    category: null,
    colour: "--neutral",
    size: Math.min(18, 8 + 2 * Math.log2(inside.length)),
    inValue: null,
    outValue: null,
    total: null,
  };
}

function common(id: string, at: Pick<Placed, "x" | "y" | "key" | "pinned" | "note">) {
  const { x, y, key, pinned, note } = at;
  return { id, key, x, y, pinned, note, shown: 0, marks: [], changes: [], firstAt: null };
}

function larger(a: string, b: string): string {
  return Number(a) > Number(b) ? a : b;
}

function marksOf(one: Drawn, facts: Facts, folded: number): string[] {
  const shown = one.shown + folded;
  const degree = facts.wallets.get(one.key)?.degree ?? 0;
  const marks: string[] = [];
  if (one.total !== null && shown < one.total) marks.push(`${counted(shown)} of ${counted(one.total)} counterparties`);
  if ((one.total ?? degree) >= HUB) marks.push(one.total === null ? `hub: ${counted(degree)} flows` : "hub");
  return marks;
}

/** Flows between what is drawn; those of folded wallets are added up. */
function drawnFlows(canvas: Canvas, facts: Facts, before: Before | null): Map<string, DrawnFlow> {
  const found = new Map<string, DrawnFlow>();
  const end = (id: string): string | null => {
    const one = canvas.nodes.get(id);
    if (!one || one.hidden) return null;
    return one.foldedInto === null ? id : clusterId(one.foldedInto);
  };
  const put = (one: FlowFact, isDerived: boolean) => {
    const source = end(one.source),
      target = end(one.target);
    if (source === null || target === null || source === target) return;
    const id = flowId(source, target);
    const changes = isDerived ? (before?.ofFlow(one) ?? []) : [];
    found.set(id, added(found.get(id), { ...one, id, source, target, isDerived, changes }));
  };
  for (const one of facts.flows.values()) put(one, true);
  for (const one of canvas.nodes.values()) {
    const fact = one.kind === "transaction" && isDrawn(one) ? facts.transactions.get(one.key) : undefined;
    if (fact) for (const movement of movements(fact)) put(movement, false);
  }
  return found;
}

function added(to: DrawnFlow | undefined, one: DrawnFlow): DrawnFlow {
  if (!to) return one;
  return {
    ...one,
    value: plus(to.value, one.value),
    count: to.count + one.count,
    first_at: [to.first_at, one.first_at].sort()[0] ?? one.first_at,
    last_at: [to.last_at, one.last_at].sort()[1] ?? one.last_at,
    changes: [...to.changes, ...one.changes],
  };
}
