/** Closing alerts: how it was found, and for what is dismissed, why. */
import { useSignal } from "@preact/signals";
import { Dialog } from "../../ui/dialog";
import { Select, TextArea } from "../../ui/fields";
import { many } from "../../ui/numbers";
import type { Change } from "./edits";

export type Closing = "resolved" | "dismissed";

interface Props {
  count: number;
  as: Closing;
  close: () => void;
  act: (change: Change) => void;
}

const VERDICTS: Record<Closing, "confirmed" | "false_positive"> = {
  resolved: "confirmed",
  dismissed: "false_positive",
};
const TITLES: Record<Closing, string> = { resolved: "Resolve", dismissed: "Dismiss" };

export function CloseDialog({ count, as, close, act }: Props) {
  const verdict = useSignal<string>(VERDICTS[as]);
  const reason = useSignal("");
  const submit = (event: Event) => {
    event.preventDefault();
    const why = reason.value.trim();
    act({ status: as, verdict: verdict.value as "confirmed", ...(why ? { reason: why } : {}) });
    close();
  };
  return (
    <Dialog title={`${TITLES[as]} ${many(count, "alert")}`} close={close}>
      <form class="form" onSubmit={submit}>
        <Select label="What was found" value={verdict} options={["confirmed", "false_positive", "inconclusive"]} />
        <TextArea
          label={as === "dismissed" ? "Why (kept for good: name no person)" : "Why, if there is more to say"}
          value={reason}
          required={as === "dismissed"}
          rows={3}
        />
        <div class="row">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main">
            {TITLES[as]}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
