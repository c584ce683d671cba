/** A note on a node of the canvas, saved with it. */
import { useSignal } from "@preact/signals";
import { Dialog } from "../../ui/dialog";
import { TextArea } from "../../ui/fields";
import { annotate } from "./changes";
import type { Workspace } from "./workspace";

const MOST = 2_000;

export function NoteDialog({ work, id, close }: { work: Workspace; id: string; close: () => void }) {
  const before = work.history.canvas.peek().nodes.get(id)?.note ?? "";
  const text = useSignal(before);
  const name = work.picture.peek().nodes.get(id)?.name ?? id;
  const keep = (event: Event) => {
    event.preventDefault();
    const note = text.peek().trim().slice(0, MOST);
    if (note !== before) work.apply(`note on ${name}`, annotate(work.canvas, id, note));
    close();
  };
  return (
    <Dialog title={`Note on ${name}`} close={close}>
      <form class="form" onSubmit={keep}>
        <TextArea label="What is to be known, at most 2,000 characters" value={text} />
        <div class="row">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main">
            Keep
          </button>
        </div>
      </form>
    </Dialog>
  );
}
