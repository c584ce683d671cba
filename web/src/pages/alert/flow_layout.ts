/** Where everything of the flow picture stands: wallets in columns by how far they are, money from left to right. */
import type { Schemas } from "../../api/client";

export type Explanation = Schemas["AlertExplanationView"];
export type Step = Explanation["paths"][number]["path"]["steps"][number];

export interface FlowNode {
  key: string;
  category: string | null;
  actor: string | null;
  isParty: boolean;
  column: number;
  row: number;
}

export interface FlowEdge {
  id: string;
  from: string;
  to: string;
  steps: Step[];
  /** The sum of its steps, in micro-units: exact, and only made a float to draw it. */
  micro: bigint;
  isPayment: boolean;
}

export interface FlowPicture {
  nodes: FlowNode[];
  edges: FlowEdge[];
  columns: number;
  rows: number;
}

type Wallet = Explanation["paths"][number]["path"]["wallets"][number];

const PLACES = 6;

/** Decimal text of at most six places as an integer of micro-units. */
export function micro(value: string): bigint {
  const [whole = "0", part = ""] = value.replace("-", "").split(".");
  const size = BigInt(whole) * 10n ** BigInt(PLACES) + BigInt(part.padEnd(PLACES, "0").slice(0, PLACES) || "0");
  return value.startsWith("-") ? -size : size;
}

/** Lay out the `most` weightiest ways of each party, and the payment between them. */
export function layOut(found: Explanation, most: number): FlowPicture {
  const wallets = new Map<string, Wallet>();
  const columns = new Map<string, number>();
  const edges = new Map<string, FlowEdge>();
  for (const way of kept(found, most)) {
    const length = way.path.wallets.length - 1;
    way.path.wallets.forEach((wallet, place) => {
      wallets.set(wallet.key, wallet);
      // A payee stands right of the payer; who is met on several ways stands where it is furthest.
      const column = way.direction === "source" ? place - length : place + 1;
      const known = columns.get(wallet.key);
      if (known === undefined || Math.abs(column) > Math.abs(known)) columns.set(wallet.key, column);
    });
    for (const step of way.path.steps) addStep(edges, step, false);
  }
  addPayment(found, columns, edges);
  return placed(found, wallets, columns, [...edges.values()]);
}

function kept(found: Explanation, most: number) {
  const seen = new Map<string, number>();
  return found.paths.filter((way) => {
    const side = `${way.direction} ${way.party}`;
    const count = (seen.get(side) ?? 0) + 1;
    seen.set(side, count);
    return count <= most;
  });
}

function addStep(edges: Map<string, FlowEdge>, step: Step, isPayment: boolean): void {
  const id = `${step.from} ${step.to}`;
  const edge = edges.get(id) ?? { id, from: step.from, to: step.to, steps: [], micro: 0n, isPayment };
  if (edge.steps.some((one) => one.transaction === step.transaction)) return;
  edge.steps.push(step);
  edge.micro += micro(step.value);
  edge.isPayment ||= isPayment;
  edges.set(id, edge);
}

/** The payment itself, from each who paid to each who was paid, as far as one paid or was paid alone. */
function addPayment(found: Explanation, columns: Map<string, number>, edges: Map<string, FlowEdge>): void {
  const { payment } = found;
  if (!payment) return;
  for (const input of payment.inputs) if (!columns.has(input.wallet)) columns.set(input.wallet, 0);
  for (const output of payment.outputs) if (!columns.has(output.wallet)) columns.set(output.wallet, 1);
  const pairs = payment.inputs.flatMap((input) => payment.outputs.map((output) => ({ input, output })));
  for (const { input, output } of pairs) {
    // With several on one side the money of one is told by the other's end.
    const end = payment.inputs.length === 1 ? output : input;
    const step = { from: input.wallet, to: output.wallet, amount: end.amount, value: end.value };
    if (input.wallet !== output.wallet)
      addStep(edges, { ...step, transaction: payment.key, at: payment.at, asset: payment.asset }, true);
  }
}

function placed(
  found: Explanation,
  wallets: Map<string, Wallet>,
  columns: Map<string, number>,
  edges: FlowEdge[],
): FlowPicture {
  const first = Math.min(0, ...columns.values());
  const filled = new Map<number, number>();
  const weight = weights(edges);
  const keys = [...columns.keys()].sort((a, b) => Number((weight.get(b) ?? 0n) - (weight.get(a) ?? 0n)));
  const nodes = keys.map((key) => {
    const column = (columns.get(key) ?? 0) - first;
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    const node = found.nodes.find((one) => one.key === key);
    const wallet = wallets.get(key);
    return {
      key,
      category: wallet?.category ?? node?.category ?? null,
      actor: wallet?.actor ?? node?.actor ?? null,
      isParty: found.alert.wallets.includes(key),
      column,
      row,
    };
  });
  return { nodes, edges, columns: Math.max(0, ...filled.keys()) + 1, rows: Math.max(1, ...filled.values()) };
}

function weights(edges: readonly FlowEdge[]): Map<string, bigint> {
  const found = new Map<string, bigint>();
  for (const edge of edges) for (const key of [edge.from, edge.to]) found.set(key, (found.get(key) ?? 0n) + edge.micro);
  return found;
}

/** An amount of micro-units as decimal text. */
export function written(size: bigint): string {
  const digits = String(size).padStart(PLACES + 1, "0");
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}
