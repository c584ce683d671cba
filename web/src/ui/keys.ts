/** Keys that do something on a page; none of them while somebody types. `?` lists them. */
import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

export interface Shortcut {
  /** As `KeyboardEvent.key`, letters in lower case; `shift+x` with the shift key; `g a` one after the other. */
  key: string;
  does: string;
  run: (event: KeyboardEvent) => void;
}

const SEQUENCE_MS = 1_000;
const stack = signal<readonly (readonly Shortcut[])[]>([]);
let first = "";
let since = 0;

/** What the keys do just now: what was declared last goes first. */
export function shortcuts(): Shortcut[] {
  return [...stack.value].reverse().flat();
}

export function useKeys(own: readonly Shortcut[], inputs: readonly unknown[]): void {
  // Before it is seen: what is on the screen can be pressed.
  useLayoutEffect(() => {
    stack.value = [...stack.peek(), own];
    return () => {
      stack.value = stack.peek().filter((one) => one !== own);
    };
  }, inputs);
}

export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const found = shortcutFor(named(event));
    if (!found) return;
    event.preventDefault();
    found.run(event);
  });
}

function named(event: KeyboardEvent): string {
  const isLetter = /^[a-z]$/i.test(event.key);
  const pressed = isLetter ? event.key.toLowerCase() : event.key;
  return event.shiftKey && isLetter ? `shift+${pressed}` : pressed;
}

/** The second key of a sequence where one has begun, else the key by itself. */
function shortcutFor(pressed: string): Shortcut | undefined {
  const all = shortcuts();
  const sequence =
    performance.now() - since < SEQUENCE_MS ? all.find((one) => one.key === `${first} ${pressed}`) : undefined;
  const begins = all.some((one) => one.key.startsWith(`${pressed} `));
  first = begins && !sequence ? pressed : "";
  since = performance.now();
  return sequence ?? (begins ? undefined : all.find((one) => one.key === pressed));
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
