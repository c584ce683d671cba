/** What has changed since a canvas was saved: flows and wallets as they were then beside what they are now. */
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/numbers";
import type { Facts, FlowFact } from "./facts";
import { flowId } from "./model";
import { minus } from "./sums";

type Saved = Schemas["CanvasInput"];

export class Before {
  private readonly flows: ReadonlyMap<string, Saved["flows"][number]>;
  private readonly wallets: ReadonlyMap<string, Saved["nodes"][number]>;

  constructor(
    saved: Saved,
    private readonly unit: string,
  ) {
    this.flows = new Map(saved.flows.map((one) => [flowId(one.source, one.target), one]));
    this.wallets = new Map(saved.nodes.filter((one) => one.kind === "wallet").map((one) => [one.key, one]));
  }

  /** In words, nothing for what is as it was or came to the canvas later. */
  ofFlow(now: FlowFact): string[] {
    if (!this.wallets.has(now.source) || !this.wallets.has(now.target)) return [];
    const then = this.flows.get(flowId(now.source, now.target));
    if (!then) return ["new"];
    return then.value === now.value ? [] : [this.difference("", minus(now.value, then.value))];
  }

  ofWallet(key: string, facts: Facts): string[] {
    const then = this.wallets.get(key);
    const now = facts.wallets.get(key);
    if (!then || !now || then.in_value === null || then.out_value === null) return [];
    const changes: string[] = [];
    if (then.category !== now.category)
      changes.push(`${now.category ?? "no category"}, was ${then.category ?? "none"}`);
    if (then.in_value !== now.in_value) changes.push(this.difference("in ", minus(now.in_value, then.in_value)));
    if (then.out_value !== now.out_value) changes.push(this.difference("out ", minus(now.out_value, then.out_value)));
    return changes;
  }

  private difference(of: string, by: string): string {
    return `${of}${by.startsWith("-") ? "" : "+"}${grouped(by)} ${this.unit}`;
  }
}
