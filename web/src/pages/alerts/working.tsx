/** What can be done with the alerts that are meant: those that are selected, else the one the cursor is on. */
import { type Signal, useSignal } from "@preact/signals";
import { mayWork } from "../../session/me";
import { useKeys } from "../../ui/keys";
import { many } from "../../ui/numbers";
import { CloseDialog, type Closing } from "./close";
import { type Alert, type Change, edit } from "./edits";

interface Props {
  meant: readonly Alert[];
  selected: Signal<ReadonlySet<string>>;
  then: () => void;
}

export function Working({ meant, selected, then }: Props) {
  const closing = useSignal<Closing | null>(null);
  const act = (change: Change) => {
    if (meant.length === 0) return;
    void edit(meant, change, then).then((done) => {
      if (done.length > 0) selected.value = new Set();
    });
  };
  const acknowledge = () => act({ status: "acknowledged" });
  const assign = () => act({ assignee: "me" });
  const ask = (as: Closing) => {
    if (meant.length > 0) closing.value = as;
  };
  useKeys(
    mayWork()
      ? [
          { key: "e", does: "acknowledge", run: acknowledge },
          { key: "a", does: "assign to me", run: assign },
          { key: "r", does: "resolve", run: () => ask("resolved") },
          { key: "d", does: "dismiss", run: () => ask("dismissed") },
          { key: "Escape", does: "select nothing", run: () => (selected.value = new Set()) },
        ]
      : [],
    [meant],
  );
  return (
    <>
      {selected.value.size > 0 && mayWork() && (
        <section class="bulk" aria-label="With what is selected">
          <strong>{many(selected.value.size, "alert")} selected</strong>
          <button type="button" onClick={acknowledge}>
            Acknowledge <kbd>E</kbd>
          </button>
          <button type="button" onClick={assign}>
            Assign to me <kbd>A</kbd>
          </button>
          <button type="button" onClick={() => ask("resolved")}>
            Resolve… <kbd>R</kbd>
          </button>
          <button type="button" onClick={() => ask("dismissed")}>
            Dismiss… <kbd>D</kbd>
          </button>
          <button type="button" class="bare" onClick={() => (selected.value = new Set())}>
            Select nothing
          </button>
        </section>
      )}
      {closing.value && (
        <CloseDialog count={meant.length} as={closing.value} act={act} close={() => (closing.value = null)} />
      )}
    </>
  );
}
