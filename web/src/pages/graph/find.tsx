/** Searching in the canvas: by name, key, category or note; Enter goes from one to the next. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { many } from "../../ui/numbers";
import type { Workspace } from "./workspace";

export function Find({ work, close }: { work: Workspace; close: () => void }) {
  const text = useSignal("");
  const next = useSignal(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const wanted = text.value.trim().toLowerCase();
  const found = wanted
    ? [...work.picture.value.nodes.values()].filter((one) =>
        [one.name, one.key, one.category ?? "", one.note].some((part) => part.toLowerCase().includes(wanted)),
      )
    : [];
  const go = (event: Event) => {
    event.preventDefault();
    const one = found[next.peek() % Math.max(found.length, 1)];
    if (!one) return;
    work.select([one.id]);
    work.cursor.value = one.id;
    next.value += 1;
  };
  return (
    <form class="row" aria-label="Search in the canvas" onSubmit={go}>
      <input
        ref={input}
        type="search"
        aria-label="Name, key, category or note"
        placeholder="Name, key, category or note"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          next.value = 0;
        }}
        onKeyDown={(event) => event.key === "Escape" && close()}
      />
      <button type="submit" disabled={found.length === 0}>
        Next <kbd>Enter</kbd>
      </button>
      <button type="button" disabled={found.length === 0} onClick={() => work.select(found.map((one) => one.id))}>
        Select all
      </button>
      <button type="button" onClick={close}>
        Close <kbd>Esc</kbd>
      </button>
      <span class="quiet" role="status">
        {wanted && (found.length ? many(found.length, "node") : "Nothing here is called that.")}
      </span>
    </form>
  );
}
