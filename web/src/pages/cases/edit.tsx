/** Title and assignee of a case that is not closed. */
import { useSignal } from "@preact/signals";
import { me } from "../../session/me";
import { nameOf, usePeople } from "../../session/who";
import { Dialog } from "../../ui/dialog";
import { Field, type Option, Select } from "../../ui/fields";
import { useSubmit } from "../../ui/submit";
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
        <Select label="Assigned to" value={assignee} options={useAssignees(file.assignee)} />
        {sending.failure}
        {sending.problem?.status === 412 && (
          <p class="notice">Somebody changed the case meanwhile. Close this, look at it again, and then change it.</p>
        )}
        <p class="row">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={sending.isBusy}>
            Save
          </button>
        </p>
      </form>
    </Dialog>
  );
}

/** Nobody, us, whoever has it now, and all who work cases where we may know them. */
function useAssignees(now: string | null): Option[] {
  const people = usePeople().filter((one) => !one.disabled_at && /investigator|supervisor|admin/.test(one.role));
  const mine = me.value?.id ?? "me";
  const ids = new Set([mine, ...(now ? [now] : []), ...people.map((one) => one.id)]);
  const named = [...ids].map((id) => ({ value: id, label: id === mine ? `${nameOf(id)} (you)` : nameOf(id) }));
  return [{ value: "", label: "nobody" }, ...named];
}
