/** A canvas being worked on: its things with their history, the facts about them, and what is selected. */
import { batch, computed, signal } from "@preact/signals";
import { many } from "../../ui/numbers";
import { tell, tellFailure } from "../../ui/toasts";
import * as changes from "./changes";
import { FactBook } from "./facts";
import { byForce } from "./force";
import { History } from "./history";
import { type Canvas, flowId, type Layout, MOST_NODES, ownerOf, placed } from "./model";
import { pictureOf } from "./picture";
import { beside, byTime } from "./places";
import { draw, expand, pathsBetween, type Wanted } from "./questions";
import type { Before } from "./since";

export class Workspace {
  readonly history = new History();
  readonly book = new FactBook();
  readonly selected = signal<ReadonlySet<string>>(new Set());
  readonly selectedFlow = signal<string | null>(null);
  /** Where the keyboard is on the canvas. */
  readonly cursor = signal<string | null>(null);
  /** What is not whole, in words. */
  readonly partial = signal<readonly string[]>([]);
  /** What is being done that takes a moment. */
  readonly busy = signal<string | null>(null);
  readonly before = signal<Before | null>(null);
  /** Counts up whenever all of it should be in view. */
  readonly fitted = signal(0);
  readonly picture = computed(() => pictureOf(this.canvas, this.book.facts.value, this.before.value));
  private layingOut = new AbortController();

  get canvas(): Canvas {
    return this.history.canvas.value;
  }

  /** The things selected that are wallets or transactions of the canvas, not clusters. */
  get chosen(): string[] {
    return [...this.selected.value].filter((id) => this.history.canvas.value.nodes.has(id));
  }

  apply(what: string, next: Canvas): void {
    this.layingOut.abort();
    this.history.apply(what, next);
    this.keepSelection();
  }

  undo(): boolean {
    return this.back(() => this.history.undo(), "Undone");
  }

  redo(): boolean {
    return this.back(() => this.history.redo(), "Done again");
  }

  private back(step: () => string | null, word: string): boolean {
    const before = this.history.canvas.peek();
    const what = step();
    if (what === null) return false;
    if (changes.isElsewhere(before, this.history.canvas.peek())) this.fitted.value += 1;
    this.layingOut.abort();
    this.keepSelection();
    tell(`${word}: ${what}`);
    return true;
  }

  select(ids: Iterable<string>): void {
    this.selected.value = new Set(ids);
    this.selectedFlow.value = null;
  }

  turn(id: string): void {
    const next = new Set(this.selected.peek());
    if (!next.delete(id)) next.add(id);
    this.select(next);
  }

  selectFlow(id: string | null): void {
    this.selected.value = new Set();
    this.selectedFlow.value = id;
  }

  /** What went away is selected no longer. */
  private keepSelection(): void {
    const { nodes, flows } = this.picture.peek();
    const kept = [...this.selected.peek()].filter((id) => nodes.has(id));
    if (kept.length !== this.selected.peek().size) this.selected.value = new Set(kept);
    if (this.selectedFlow.peek() !== null && !flows.has(this.selectedFlow.peek() ?? "")) this.selectedFlow.value = null;
    if (this.cursor.peek() !== null && !nodes.has(this.cursor.peek() ?? "")) this.cursor.value = null;
  }

  /** Do something that takes a moment and may fail; one at a time. */
  async doing(what: string, act: () => Promise<void>): Promise<void> {
    if (this.busy.peek() !== null) return;
    this.busy.value = what;
    try {
      await act();
    } catch (error) {
      tellFailure(error);
    }
    this.busy.value = null;
  }

  expand(wanted: Wanted): Promise<void> {
    return this.doing("Expanding", async () => {
      const found = await expand(wanted);
      const { wallet } = wanted;
      const keys = found.wallets.map((one) => one.key);
      const fresh = keys.filter((key) => !this.canvas.nodes.has(key));
      const isPaid = (key: string) => found.flows.some((flow) => flow.source === wallet && flow.target === key);
      const centre = this.canvas.nodes.get(wallet) ?? { x: 0, y: 0 };
      const paid = new Set(fresh.filter(isPaid));
      const places = beside(
        centre,
        fresh.filter((key) => !paid.has(key)),
        [...paid],
        this.canvas.nodes.values(),
      );
      const things = keys.map((key) => placed("wallet", key, places.get(key)?.x ?? 0, places.get(key)?.y ?? 0));
      const next = changes.remember(changes.add(this.canvas, things), {
        ...wanted,
        shown: keys.length,
        matching: found.matching,
        total: found.total,
      });
      // All of it is drawn at once.
      batch(() => {
        this.book.take(found);
        this.book.takeTotals([[wallet, found.total]]);
        this.apply(`expanded by ${many(keys.length, "wallet")}`, next);
        this.fitted.value += 1;
      });
      tell(expanded(keys.length, found.matching, found.total));
      if (this.canvas.nodes.size >= MOST_NODES)
        this.incomplete(`A canvas holds ${MOST_NODES} things: more found no room.`);
      void this.completeFlows();
    });
  }

  /** Flows among all wallets here, also those that no question was about. */
  async completeFlows(): Promise<void> {
    const wallets = [...this.canvas.nodes.values()].filter((one) => one.kind === "wallet").map((one) => one.key);
    if (wallets.length === 0) return;
    try {
      const found = await draw(wallets);
      this.book.take(found);
      if (found.truncated)
        this.incomplete("There are more flows among these wallets than are drawn: the least are left out.");
      if (found.missing.length) this.incomplete(`The graph no longer knows ${found.missing.join(", ")}.`);
    } catch (error) {
      this.incomplete(`Flows among wallets that were not asked about are missing: ${String(error)}`);
    }
  }

  incomplete(what: string): void {
    if (!this.partial.peek().includes(what)) this.partial.value = [...this.partial.peek(), what];
  }

  paths(one: string, other: string): Promise<void> {
    return this.doing("Looking for ways of money", async () => {
      const found = await pathsBetween(one, other);
      if (found.isTruncated) this.incomplete("The time to look for paths was over before all were found.");
      if (found.count === 0) {
        tell(`No way of money of up to ${found.hops} flows leads from one to the other.`);
        return;
      }
      this.book.take(await draw([...new Set([...this.wallets(), ...found.wallets])]));
      const [a, b] = [one, other].map((id) => this.canvas.nodes.get(id) ?? { x: 0, y: 0 });
      const fresh = found.wallets.filter((key) => !this.canvas.nodes.has(key));
      const middle = { x: ((a?.x ?? 0) + (b?.x ?? 0)) / 2, y: Math.min(a?.y ?? 0, b?.y ?? 0) - 90 };
      const things = found.wallets.map((key) => {
        const row = fresh.indexOf(key);
        return placed("wallet", key, middle.x, middle.y - Math.max(row, 0) * 60);
      });
      this.apply(`${many(found.count, "path")} brought in`, changes.add(this.canvas, things));
      this.select(found.wallets);
      this.fitted.value += 1;
      tell(`${many(found.count, "path")} over ${many(found.wallets.length, "wallet")}.`);
    });
  }

  wallets(): string[] {
    return [...this.canvas.nodes.values()].filter((one) => one.kind === "wallet").map((one) => one.key);
  }

  /** Fold away the neighbours of a wallet that touch nothing else, or unfold a cluster. */
  collapse(id: string): void {
    const owner = ownerOf(id);
    if (owner !== null) {
      this.apply("unfolded", changes.unfold(this.canvas, owner));
      return;
    }
    const { neighbours } = this.picture.peek();
    const ids = changes.leaves(this.canvas, id, (of) => neighbours.get(of) ?? []);
    if (ids.length < 2) tell("Nothing to fold: its neighbours have other flows here, or are pinned or noted.");
    else this.apply(`folded ${many(ids.length, "wallet")}`, changes.fold(this.canvas, id, ids));
  }

  hide(ids: readonly string[]): void {
    const inside = ids.flatMap((id) => {
      const owner = ownerOf(id);
      return owner === null
        ? [id]
        : [...this.canvas.nodes].filter(([, one]) => one.foldedInto === owner).map(([k]) => k);
    });
    if (inside.length) this.apply(`hid ${many(inside.length, "thing")}`, changes.hide(this.canvas, inside));
  }

  async layOut(layout: Layout): Promise<void> {
    this.layingOut.abort();
    this.layingOut = new AbortController();
    const { signal: called } = this.layingOut;
    const picture = this.picture.peek();
    if (layout === "force") this.busy.value = "Laying out";
    const places = layout === "time" ? byTime(picture) : await byForce(picture, called);
    if (layout === "force") this.busy.value = null;
    if (!places) return;
    this.history.apply(`laid out by ${layout}`, changes.arrange(this.canvas, layout, places));
    this.fitted.value += 1;
  }

  /** Whether a flow leads from one to the other here. */
  hasFlow(source: string, target: string): boolean {
    return this.picture.peek().flows.has(flowId(source, target));
  }
}

function expanded(shown: number, matching: number, total: number): string {
  if (matching === 0)
    return total
      ? `None of ${many(total, "counterparty", "counterparties")} is as asked for.`
      : "It has no counterparties.";
  const of = many(matching, "counterparty", "counterparties");
  return shown < matching ? `${shown} of ${of} brought in, the most valuable.` : `All ${of} brought in.`;
}
