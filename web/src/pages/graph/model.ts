/** What a canvas is: things at places, and what was asked for. What the things are is told by `facts.ts`. */
import type { Schemas } from "../../api/client";

export type Kind = "wallet" | "transaction";
export type Layout = "time" | "force";

export interface Placed {
  readonly kind: Kind;
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly pinned: boolean;
  readonly hidden: boolean;
  readonly note: string;
  /** The wallet under which it is folded away. */
  readonly foldedInto: string | null;
}

/** As it is saved: what was asked of a wallet and how much of the answer is here. */
export type Expansion = Schemas["CanvasExpansion"];

export interface Canvas {
  readonly nodes: ReadonlyMap<string, Placed>;
  readonly expansions: readonly Expansion[];
  readonly layout: Layout;
}

export const EMPTY: Canvas = { nodes: new Map(), expansions: [], layout: "time" };

/** As many as can be saved with a case. */
export const MOST_NODES = 5_000;

/** A tab is in no key, so that things of different kinds, and flows, have names of their own. */
export function nodeId(kind: Kind, key: string): string {
  return kind === "wallet" ? key : `transaction\t${key}`;
}

export function clusterId(owner: string): string {
  return `folded\t${owner}`;
}

/** The wallet under which a cluster is folded; null for anything else. */
export function ownerOf(id: string): string | null {
  return id.startsWith("folded\t") ? id.slice(7) : null;
}

export function flowId(source: string, target: string): string {
  return `${source}\t${target}`;
}

export function placed(kind: Kind, key: string, x: number, y: number): Placed {
  return { kind, key, x, y, pinned: false, hidden: false, note: "", foldedInto: null };
}

/** Whether it is drawn by itself: neither hidden nor folded away. */
export function isDrawn(one: Placed): boolean {
  return !one.hidden && one.foldedInto === null;
}
