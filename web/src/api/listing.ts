/** Lists, page by page: `{items, next}` as every list of the API is. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Asking, useAsked } from "./asking";
import { asProblem, type Problem } from "./client";

export interface Page<Row> {
  items: Row[];
  next: string | null;
}

/** What a list says besides its rows is that of its first page. */
export interface Listing<Row> extends Asking<Page<Row>> {
  rows: readonly Row[];
  hasMore: boolean;
  isMore: boolean;
  more: () => void;
  /** Replace what is shown, as when a row was changed here. */
  change: (edit: (rows: readonly Row[]) => Row[]) => void;
}

/** Ask for the first page whenever `key` changes, for the next on `more()`. `ask` gets the cursor, null for the first. */
export function useListing<Row>(
  key: string,
  ask: (cursor: string | null, signal: AbortSignal) => Promise<Page<Row>>,
): Listing<Row> {
  const asked = useAsked(key, (signal) => ask(null, signal));
  const isMore = useSignal(false);
  const failed = useSignal<Problem | null>(null);
  const now = useRef(key);
  now.current = key;
  const page = asked.data;
  const more = async () => {
    if (!page?.next || isMore.peek()) return;
    isMore.value = true;
    failed.value = null;
    try {
      const found = await ask(page.next, new AbortController().signal);
      if (now.current === key) asked.put({ ...page, items: [...page.items, ...found.items], next: found.next });
    } catch (error) {
      failed.value = asProblem(error);
    }
    isMore.value = false;
  };
  return {
    ...asked,
    problem: asked.problem ?? failed.value,
    rows: page?.items ?? [],
    hasMore: page?.next != null,
    isMore: isMore.value,
    more: () => void more(),
    change: (edit) => page && asked.put({ ...page, items: edit(page.items) }),
  };
}
