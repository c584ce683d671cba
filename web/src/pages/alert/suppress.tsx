/** Having the same recorded and closed as it comes, until it is not the same any more. */
import { useSignal } from "@preact/signals";
import { answered, api } from "../../api/client";
import { Dialog } from "../../ui/dialog";
import { Field, TextArea } from "../../ui/fields";
import { Finish, useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import type { Alert } from "../alerts/edits";

export function SuppressDialog({ alert, close }: { alert: Alert; close: () => void }) {
  const reason = useSignal("");
  const until = useSignal("");
  const sending = useSubmit(async () => {
    const body = { reason: reason.value, until: until.value ? `${until.value}T00:00:00Z` : null };
    const path = { alert: alert.id };
    const made = await answered(api.POST("/api/v1/alerts/{alert}/suppress", { params: { path }, body }));
    tell("The same will be recorded and closed as it comes.", async () => {
      await answered(api.DELETE("/api/v1/suppressions/{suppression}", { params: { path: { suppression: made.id } } }));
    });
    close();
  });
  return (
    <Dialog title="Suppress the same" close={close}>
      <form class="form" onSubmit={sending.onSubmit}>
        <p>
          New alerts with the same parties, reasons, attributions, ways of the money and rule versions, no more severe
          than this one, are dismissed as they come. Once any of it differs they open. This alert stays as it is.
        </p>
        <TextArea
          label="Why (kept for good: name no person)"
          value={reason}
          problem={sending.problem}
          field="reason"
          required
        />
        <Field
          label="Until (UTC); empty: until somebody ends it"
          value={until}
          type="date"
          problem={sending.problem}
          field="until"
        />
        <Finish sending={sending} close={close} does="Suppress" />
      </form>
    </Dialog>
  );
}
