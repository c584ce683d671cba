/** Title and assignee of a case that is not closed. */
import { useSignal } from "@preact/signals";
import { me } from "../../session/me";
import { workers } from "../../session/people";
import { Dialog } from "../../ui/dialog";
import { Field, type Option, Select } from "../../ui/fields";
import { nameOf } from "../../ui/person";
import { Finish, useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import type { Part } from "./case";
import { edited } from "./edits";

export function Edit({ file, etag, again, close }: Part & { close: () => void }) {
  const title = useSignal(file.title);
  const assignee = useSignal(file.assignee ?? "");
  const sending = useSubmit(async () => {
    const next = await edited(file.id, etag, { title: title.value.trim(), assignee: assignee.value || null });
    tell("The case is changed.", async () => {
      await edited(file.id, next, { title: file.title, assignee: file.assignee });
      again();
    });
    close();
    again();
  });
  return (
    <Dialog title="Change the case" close={close}>
      <form class="form" onSubmit={sending.onSubmit}>
        <Field label="Title" value={title} required problem={sending.problem} field="title" />
        <Select label="Assigned to" value={assignee} options={assignees(file.assignee)} />
        {sending.problem?.status === 412 && (
          <p class="notice">Somebody changed the case meanwhile. Close this, look at it again, and then change it.</p>
        )}
        <Finish sending={sending} close={close} does="Save" />
      </form>
    </Dialog>
  );
}

/** Nobody, us, whoever has it now, and all who work cases. */
function assignees(now: string | null): Option[] {
  const mine = me.value?.id ?? "me";
  const ids = new Set([mine, ...(now ? [now] : []), ...workers().map((one) => one.id)]);
  const named = [...ids].map((id) => ({ value: id, label: id === mine ? `${nameOf(id)} (you)` : nameOf(id) }));
  return [{ value: "", label: "nobody" }, ...named];
}
