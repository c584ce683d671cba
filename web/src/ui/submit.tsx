/** Doing something that can fail: once at a time, with the failure shown where it was asked for. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { asProblem, type Problem } from "../api/client";
import { Failed } from "./states";

export interface Submitting {
  onSubmit: (event: Event) => void;
  /** The same without a form. */
  run: () => Promise<boolean>;
  isBusy: boolean;
  problem: Problem | null;
  failure: ComponentChildren;
}

export function useSubmit(act: () => Promise<void>): Submitting {
  const problem = useSignal<Problem | null>(null);
  const isBusy = useSignal(false);
  const run = async () => {
    if (isBusy.peek()) return false;
    isBusy.value = true;
    problem.value = null;
    try {
      await act();
    } catch (error) {
      problem.value = asProblem(error);
    }
    isBusy.value = false;
    return problem.peek() === null;
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    void run();
  };
  const failure = problem.value && <Failed problem={problem.value} />;
  return { onSubmit, run, isBusy: isBusy.value, problem: problem.value, failure };
}

/** The end of a form in a dialog: what failed, and whether to do it or leave it. */
export function Finish({ sending, close, does }: { sending: Submitting; close: () => void; does: string }) {
  return (
    <>
      {sending.failure}
      <p class="row">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="main" disabled={sending.isBusy}>
          {does}
        </button>
      </p>
    </>
  );
}
