/** Withdrawing ends what is believed now; the past stays as it was. What moves is seen first. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { Dialog } from "../../ui/dialog";
import { TextArea } from "../../ui/fields";
import { Shown } from "../../ui/states";
import { Finish, useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import { Impact } from "./impact";
import type { Attribution } from "./words";

export function Withdraw({ found, close, done }: { found: Attribution; close: () => void; done: () => void }) {
  const reason = useSignal("");
  const impact = useAsked(found.id, (signal) =>
    answered(api.POST("/api/v1/attributions/preview", { body: { record: [], withdraw: [found.id] }, signal })),
  );
  const sending = useSubmit(async () => {
    await answered(
      api.DELETE("/api/v1/attributions/{attribution}", {
        params: { path: { attribution: found.id }, query: { reason: reason.value.trim() } },
      }),
    );
    tell("Withdrawn. What follows from it is screened again.");
    close();
    done();
  });
  return (
    <Dialog title="Withdraw the attribution" close={close}>
      <form class="form" onSubmit={sending.onSubmit}>
        <p>
          From now on nobody is told that <span class="mono">{found.wallet}</span> is {found.category}, says{" "}
          {found.source}. What was decided before stays as it was.
        </p>
        <TextArea label="Reason" value={reason} required hint="Kept for good: name no person in it." />
        <Shown asked={impact} what="what would change">
          {(of) => <Impact of={of} />}
        </Shown>
        <Finish sending={sending} close={close} does="Withdraw" />
      </form>
    </Dialog>
  );
}
