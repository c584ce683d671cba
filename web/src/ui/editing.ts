/** One draft shown twice, as a form and as JSON text: a change of either is in both. */
import { useSignal } from "@preact/signals";

export interface Editing<T> {
  draft: T;
  text: string;
  /** Why the text is nothing that the form could show; the form then shows the last one that was. */
  wrong: string | null;
  change: (part: Partial<T>) => void;
  write: (text: string) => void;
}

export function asText(draft: unknown): string {
  return JSON.stringify(draft, null, 2);
}

/** `shaped` makes a draft of what JSON holds, or says why it cannot. */
export function useEditing<T extends object>(initial: T, shaped: (found: unknown) => T | string): Editing<T> {
  const draft = useSignal(initial);
  const text = useSignal(asText(initial));
  const wrong = useSignal<string | null>(null);
  return {
    draft: draft.value,
    text: text.value,
    wrong: wrong.value,
    change: (part) => {
      draft.value = { ...draft.peek(), ...part };
      text.value = asText(draft.peek());
      wrong.value = null;
    },
    write: (next) => {
      text.value = next;
      const found = read(next, shaped);
      wrong.value = typeof found === "string" ? found : null;
      if (typeof found !== "string") draft.value = found;
    },
  };
}

function read<T>(text: string, shaped: (found: unknown) => T | string): T | string {
  try {
    return shaped(JSON.parse(text));
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function isObject(found: unknown): found is Record<string, unknown> {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}
