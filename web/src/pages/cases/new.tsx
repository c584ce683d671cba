/** Opening a case: a title is enough; alerts and wallets may come along, also from the address. */
import { useSignal } from "@preact/signals";
import { answered, api } from "../../api/client";
import { navigate, query } from "../../router";
import { Dialog } from "../../ui/dialog";
import { Check, Field, TextArea } from "../../ui/fields";
import { Finish, useSubmit } from "../../ui/submit";

export function NewCase({ close }: { close: () => void }) {
  const title = useSignal("");
  const alerts = useSignal(query.value.getAll("with_alert").join("\n"));
  const wallets = useSignal(query.value.getAll("with_wallet").join("\n"));
  const isMine = useSignal(true);
  const sending = useSubmit(async () => {
    const made = await answered(
      api.POST("/api/v1/cases", {
        body: {
          title: title.value.trim(),
          assignee: isMine.value ? "me" : null,
          alerts: listed(alerts.value),
          wallets: listed(wallets.value),
        },
      }),
    );
    navigate(`/cases/${encodeURIComponent(made.id)}`);
  });
  return (
    <Dialog title="New case" close={close}>
      <form class="form" onSubmit={sending.onSubmit}>
        <Field label="Title" value={title} required problem={sending.problem} field="title" />
        <TextArea label="Alerts, one id a line" rows={3} value={alerts} />
        <TextArea label="Wallets, one network:address a line" rows={3} value={wallets} />
        <Check label="Assign to me" value={isMine} />
        <Finish sending={sending} close={close} does="Open the case" />
      </form>
    </Dialog>
  );
}

/** What stands between blanks, commas and line ends. */
export function listed(text: string): string[] {
  return text.split(/[\s,]+/).filter((one) => one);
}
