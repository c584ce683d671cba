/** Withdrawing an attribution: it re-screens what rests on it and cannot be undone, so it is asked for with a reason. */
import { useSignal } from "@preact/signals";
import { answered, api, type Schemas } from "../../api/client";
import { Category } from "../../ui/categories";
import { Dialog } from "../../ui/dialog";
import { TextArea } from "../../ui/fields";
import { useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";

interface Props {
  attribution: Schemas["RankedView"];
  close: () => void;
  done: () => void;
}

export function Withdraw({ attribution, close, done }: Props) {
  const reason = useSignal("");
  const { onSubmit, isBusy, failure, problem } = useSubmit(async () => {
    const params = { path: { attribution: attribution.id }, query: { reason: reason.peek() } };
    await answered(api.DELETE("/api/v1/attributions/{attribution}", { params }));
    tell("Withdrawn. What rests on it is screened again.");
    done();
    close();
  });
  return (
    <Dialog title="Withdraw this attribution?" close={close}>
      <p class="row tight">
        <Category name={attribution.category} /> {attribution.actor ?? "unnamed"}, said by {attribution.source}
      </p>
      <p>
        It counts no more from now on; what was known until now stays on record. Every wallet that it moves is screened
        again, and alerts that rest on it lose their basis. This cannot be undone: to say it again it is recorded anew.
      </p>
      <form class="form" aria-label="Withdraw" onSubmit={onSubmit}>
        <TextArea
          label="Why (kept for good; name no person in it)"
          value={reason}
          problem={problem}
          field="reason"
          required
        />
        {failure}
        <div class="row">
          <button type="button" onClick={close}>
            Keep it
          </button>
          <button type="submit" class="main" disabled={isBusy || !reason.value.trim()}>
            Withdraw
          </button>
        </div>
      </form>
    </Dialog>
  );
}
