/** What was done, so that it can be undone and done again: each step keeps the canvas before it. */
import { computed, signal } from "@preact/signals";
import { type Canvas, EMPTY } from "./model";

interface Step {
  what: string;
  canvas: Canvas;
}

export class History {
  readonly canvas = signal<Canvas>(EMPTY);
  private readonly past = signal<readonly Step[]>([]);
  private readonly future = signal<readonly Step[]>([]);
  /** What undo would take back, in words; null where there is nothing. */
  readonly undoable = computed(() => this.past.value.at(-1)?.what ?? null);
  readonly redoable = computed(() => this.future.value.at(-1)?.what ?? null);

  /** Begin with a canvas: nothing before it can be undone. */
  begin(canvas: Canvas): void {
    this.canvas.value = canvas;
    this.past.value = [];
    this.future.value = [];
  }

  apply(what: string, next: Canvas): void {
    this.past.value = [...this.past.peek(), { what, canvas: this.canvas.peek() }];
    this.future.value = [];
    this.canvas.value = next;
  }

  /** Take the latest step back and return what it was. */
  undo(): string | null {
    return this.step(this.past, this.future);
  }

  redo(): string | null {
    return this.step(this.future, this.past);
  }

  private step(from: typeof this.past, to: typeof this.past): string | null {
    const found = from.peek().at(-1);
    if (!found) return null;
    to.value = [...to.peek(), { what: found.what, canvas: this.canvas.peek() }];
    from.value = from.peek().slice(0, -1);
    this.canvas.value = found.canvas;
    return found.what;
  }
}
