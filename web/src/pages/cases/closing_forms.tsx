/** What closing and opening again ask for: an outcome, a reason that is kept for good. */
import { useSignal } from "@preact/signals";
import { answered, api } from "../../api/client";
import { Dialog } from "../../ui/dialog";
import { Check, Select, TextArea } from "../../ui/fields";
import { many } from "../../ui/numbers";
import { Finish, useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import type { Part } from "./case";
import { OUTCOMES, type Outcome } from "./words";

const KEPT = "Kept for good: name no person in it.";

export function Propose({ file, etag, again, close }: Part & { close: () => void }) {
  const outcome = useSignal<string>("reported");
  const reason = useSignal("");
  const isEnding = useSignal(file.alerts.length > 0);
  const chosen = OUTCOMES.find((one) => one.value === outcome.value);
  const sending = useSubmit(async () => {
    await answered(
      api.POST("/api/v1/cases/{case}/closing", {
        params: { path: { case: file.id }, header: { "If-Match": etag } },
        body: { outcome: outcome.value as Outcome, reason: reason.value.trim(), resolve_alerts: isEnding.value },
      }),
    );
    tell("Proposed. Somebody else has to approve it.");
    close();
    again();
  });
  return (
    <Dialog title="Propose to close the case" close={close}>
      <form class="form" onSubmit={sending.onSubmit}>
        <Select label="Outcome" value={outcome} options={OUTCOMES} />
        <TextArea label="Reason" value={reason} required hint={KEPT} problem={sending.problem} field="reason" />
        <Check label={`End its ${many(file.alerts.length, "alert")} that are still open, too`} value={isEnding} />
        {isEnding.value && <small>Approving {chosen?.alerts}.</small>}
        <Finish sending={sending} close={close} does="Propose" />
      </form>
    </Dialog>
  );
}

interface ReasonedProps {
  title: string;
  action: string;
  send: (reason: string) => Promise<void>;
  close: () => void;
}

export function Reasoned({ title, action, send, close }: ReasonedProps) {
  const reason = useSignal("");
  const sending = useSubmit(async () => {
    await send(reason.value.trim());
    close();
  });
  return (
    <Dialog title={title} close={close}>
      <form class="form" onSubmit={sending.onSubmit}>
        <TextArea label="Reason" value={reason} required hint={KEPT} problem={sending.problem} field="reason" />
        <Finish sending={sending} close={close} does={action} />
      </form>
    </Dialog>
  );
}
