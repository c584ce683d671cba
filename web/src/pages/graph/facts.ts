/** What the graph says of the things on a canvas: read again at any time, and so no part of what is undone. */
import { signal } from "@preact/signals";
import type { Schemas } from "../../api/client";
import { flowId, nodeId } from "./model";
import { plus } from "./sums";

export type WalletFact = Schemas["NeighbourView"];
export type FlowFact = Schemas["FlowView"];
export type TransactionFact = Schemas["TransactionHistoryView"];

export interface Facts {
  readonly wallets: ReadonlyMap<string, WalletFact>;
  readonly flows: ReadonlyMap<string, FlowFact>;
  readonly transactions: ReadonlyMap<string, TransactionFact>;
  /** Distinct counterparties of the wallets that were expanded. */
  readonly totals: ReadonlyMap<string, number>;
  readonly watermark: number;
}

export const NOTHING: Facts = {
  wallets: new Map(),
  flows: new Map(),
  transactions: new Map(),
  totals: new Map(),
  watermark: 0,
};

interface Found {
  wallets: readonly WalletFact[];
  flows: readonly FlowFact[];
  watermark: number;
}

export class FactBook {
  readonly facts = signal<Facts>(NOTHING);

  take(found: Found): void {
    const before = this.facts.peek();
    const wallets = new Map(before.wallets);
    for (const one of found.wallets)
      wallets.set(one.key, { ...one, degree: one.degree ?? wallets.get(one.key)?.degree ?? null });
    const flows = new Map(before.flows);
    for (const one of found.flows) flows.set(flowId(one.source, one.target), one);
    this.facts.value = { ...before, wallets, flows, watermark: Math.max(before.watermark, found.watermark) };
  }

  takeTotals(totals: Iterable<readonly [string, number]>): void {
    const before = this.facts.peek();
    this.facts.value = { ...before, totals: new Map([...before.totals, ...totals]) };
  }

  takeTransaction(found: TransactionFact): void {
    const before = this.facts.peek();
    this.facts.value = { ...before, transactions: new Map(before.transactions).set(found.key, found) };
  }
}

/** What a transaction moved, as flows into it and out of it. */
export function movements(found: TransactionFact): FlowFact[] {
  const id = nodeId("transaction", found.key);
  const both = [
    ...found.inputs.map((one) => [one.wallet, id, one.value] as const),
    ...found.outputs.map((one) => [id, one.wallet, one.value] as const),
  ];
  const flows = new Map<string, FlowFact>();
  for (const [source, target, value] of both) {
    const name = flowId(source, target);
    const sum = plus(flows.get(name)?.value ?? "0", value);
    flows.set(name, { source, target, value: sum, count: 1, first_at: found.at, last_at: found.at });
  }
  return [...flows.values()];
}
