/** Which case a canvas is to be saved with: that of the alert, one that is open, or a new one. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { navigate } from "../../router";
import { Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/fields";
import { Shown } from "../../ui/states";
import { Finish, useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import { saveWith } from "./saving";
import type { Workspace } from "./workspace";

interface Props {
  work: Workspace;
  /** The alert that the canvas began with. */
  alert: string | null;
  /** Told when all is saved and the page goes on to the case's canvas. */
  leaving: () => void;
  close: () => void;
}

export function SaveDialog({ work, alert, leaving, close }: Props) {
  const asked = useAsked("open cases", async () => {
    const [own, open] = await Promise.all([
      alert === null ? null : answered(api.GET("/api/v1/cases", { params: { query: { alert } } })),
      answered(api.GET("/api/v1/cases", { params: { query: { status: "open", limit: 100 } } })),
    ]);
    const rest = open.items.filter((one) => one.id !== own?.items[0]?.id);
    return [...(own?.items ?? []), ...rest];
  });
  const chosen = useSignal("");
  const title = useSignal("");
  const sending = useSubmit(async () => {
    const id = chosen.peek() || (asked.data?.length ? asked.data[0]?.id : "") || "";
    const to = id && id !== "new" ? id : await openCase(title.peek(), alert);
    await saveWith(work, to);
    leaving();
    tell("The canvas is saved with the case.");
    navigate(`/graph/${to}`);
  });
  return (
    <Dialog title="Save with a case" close={close}>
      <Shown asked={asked} what="open cases">
        {(cases) => (
          <form class="form" onSubmit={sending.onSubmit}>
            <Select
              label="Case"
              value={chosen}
              options={[
                ...cases.map((one) => ({ value: one.id, label: one.title })),
                { value: "new", label: "a new case" },
              ]}
            />
            {(chosen.value === "new" || cases.length === 0) && (
              <Field label="What it is about" value={title} required />
            )}
            <p class="quiet">What the case has on its canvas already stays; this is put beside it.</p>
            <Finish sending={sending} close={close} does="Save" />
          </form>
        )}
      </Shown>
    </Dialog>
  );
}

async function openCase(title: string, alert: string | null): Promise<string> {
  const body = { title, assignee: "me", alerts: alert === null ? [] : [alert], wallets: [] };
  return (await answered(api.POST("/api/v1/cases", { body }))).id;
}
