/** What was just done, with ten seconds to undo it instead of "are you sure". */
import { signal } from "@preact/signals";

export const UNDO_MS = 10_000;

interface Toast {
  id: number;
  text: string;
  isBad: boolean;
  undo?: () => Promise<void>;
}

const toasts = signal<readonly Toast[]>([]);
let last = 0;

export function tell(text: string, undo?: () => Promise<void>): void {
  add({ id: ++last, text, isBad: false, ...(undo ? { undo } : {}) });
}

export function tellFailure(error: unknown): void {
  add({ id: ++last, text: error instanceof Error ? error.message : String(error), isBad: true });
}

/** Undo the latest thing that can be undone; false where there is none. */
export function undoLatest(): boolean {
  const found = toasts.peek().findLast((one) => one.undo);
  if (found) void take(found);
  return found !== undefined;
}

function add(toast: Toast): void {
  toasts.value = [...toasts.peek(), toast];
  setTimeout(() => drop(toast.id), UNDO_MS);
}

function drop(id: number): void {
  toasts.value = toasts.peek().filter((one) => one.id !== id);
}

async function take(toast: Toast): Promise<void> {
  drop(toast.id);
  try {
    await toast.undo?.();
    tell("Undone.");
  } catch (error) {
    tellFailure(error);
  }
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <p key={one.id} class={one.isBad ? "bad" : ""}>
          {one.text}
          {one.undo && (
            <button type="button" onClick={() => void take(one)}>
              Undo <kbd>Z</kbd>
            </button>
          )}
        </p>
      ))}
    </div>
  );
}
