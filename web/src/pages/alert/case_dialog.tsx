/** Putting an alert into a case that is open, or into a new one. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { navigate } from "../../router";
import { Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/fields";
import { Shown } from "../../ui/states";
import { Finish, useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import type { Alert } from "../alerts/edits";

const NEW = "new";

export function CaseDialog({ alert, close }: { alert: Alert; close: () => void }) {
  const chosen = useSignal(NEW);
  const title = useSignal("");
  const query = { status: "open" as const, limit: 100 };
  const open = useAsked("cases", (signal) => answered(api.GET("/api/v1/cases", { params: { query }, signal })));
  const sending = useSubmit(async () => {
    if (chosen.value === NEW) {
      const body = { title: title.value, assignee: "me", alerts: [alert.id], wallets: [...alert.wallets] };
      const made = await answered(api.POST("/api/v1/cases", { body }));
      navigate(`/cases/${made.id}`);
      return;
    }
    const path = { case: chosen.value };
    await answered(api.POST("/api/v1/cases/{case}/alerts", { params: { path }, body: { alerts: [alert.id] } }));
    tell("The alert is in the case.");
    close();
  });
  return (
    <Dialog title="Add to a case" close={close}>
      <form class="form" onSubmit={sending.onSubmit}>
        <Shown asked={open} what="open cases">
          {(page) => (
            <Select
              label="Case"
              value={chosen}
              options={[
                { value: NEW, label: "a new case" },
                ...page.items.map((one) => ({ value: one.id, label: one.title })),
              ]}
            />
          )}
        </Shown>
        {chosen.value === NEW && <Field label="Title of the new case" value={title} required />}
        <Finish sending={sending} close={close} does={chosen.value === NEW ? "Open the case" : "Add to the case"} />
      </form>
    </Dialog>
  );
}
