/** Asking for what a page shows: loading, ready, failed, and stale data while it is asked again. */
import { useSignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { asProblem, type Problem } from "./client";

export interface Asked<T> {
  data: T | null;
  problem: Problem | null;
  isLoading: boolean;
  at: Date | null;
}

export interface Asking<T> extends Asked<T> {
  again: () => void;
  put: (data: T) => void;
}

const NOTHING = { data: null, problem: null, isLoading: true, at: null };

/** Ask whenever `key` changes; an answer that comes after a later question is dropped. */
export function useAsked<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Asking<T> {
  const state = useSignal<Asked<T>>({ data: null, problem: null, isLoading: true, at: null });
  const latest = useRef(ask);
  latest.current = ask;
  const round = useSignal(0);
  const asked = useRef(key);
  useEffect(() => {
    const abort = new AbortController();
    const before = asked.current === key ? state.peek() : NOTHING;
    asked.current = key;
    state.value = { ...before, isLoading: true };
    latest.current(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) state.value = { data, problem: null, isLoading: false, at: new Date() };
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        state.value = { ...state.peek(), problem: asProblem(error), isLoading: false };
      },
    );
    return () => abort.abort();
  }, [key, round.value]);
  const again = useCallback(() => {
    round.value += 1;
  }, []);
  const put = useCallback((data: T) => {
    state.value = { ...state.peek(), data, at: new Date() };
  }, []);
  // What was answered to another question is not shown for this one, not even until the effect has run.
  const answer = state.value;
  return { ...(asked.current === key ? answer : NOTHING), again, put };
}
