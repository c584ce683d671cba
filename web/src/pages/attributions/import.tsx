/** Importing a file of attributions: chosen, previewed with what it would move, then recorded. */
import "./attributions.css";
import { useSignal } from "@preact/signals";
import type { Schemas } from "../../api/client";
import { upload } from "../../api/upload";
import { mayRun } from "../../session/me";
import { PageHead } from "../../ui/page";
import { Empty } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { Chooser } from "./import_form";
import { Done, Previewed } from "./import_results";
import { asked, useOptions } from "./options";

export default function Page() {
  return (
    <>
      <PageHead title="Import attributions" actions={<a href="/attributions">All attributions</a>} />
      {mayRun() ? (
        <Importing />
      ) : (
        <Empty>
          <p>A supervisor or admin imports attributions; your role may not.</p>
        </Empty>
      )}
    </>
  );
}

function Importing() {
  const options = useOptions();
  const sent = useSignal<number | null>(null);
  const preview = useSignal<Schemas["ImportPreview"] | null>(null);
  const done = useSignal<Schemas["ImportedView"] | null>(null);
  const tell = (share: number) => {
    sent.value = share;
  };
  const send = async <T,>(path: string, more: Record<string, string> = {}): Promise<T | null> => {
    const file = options.file.peek();
    if (!file) return null;
    tell(0);
    try {
      const query = new URLSearchParams([...asked(options), ...Object.entries(more)]);
      return await upload<T>(`${path}?${query}`, file, tell);
    } finally {
      sent.value = null;
    }
  };
  const previewing = useSubmit(async () => {
    done.value = null;
    preview.value = null;
    preview.value = await send("/api/v1/attributions/import/preview");
  });
  const importing = useSubmit(async () => {
    done.value = await send("/api/v1/attributions/import", {
      all_or_nothing: String(options.allOrNothing.peek()),
    });
    preview.value = null;
  });
  const change = () => {
    preview.value = null;
    done.value = null;
  };
  const isBusy = previewing.isBusy || importing.isBusy;
  return (
    <>
      <Chooser options={options} change={change} onSubmit={previewing.onSubmit} isBusy={isBusy} />
      {isBusy && <Progress share={sent.value} isImport={importing.isBusy} />}
      {previewing.failure}
      {preview.value && <Previewed of={preview.value} take={() => void importing.run()} isBusy={isBusy} />}
      {importing.failure}
      {done.value && <Done of={done.value} />}
    </>
  );
}

/** How much has been sent; how long the answer takes nobody knows before. */
function Progress({ share, isImport }: { share: number | null; isImport: boolean }) {
  const isSent = share === null || share >= 1;
  const words = isImport ? "Recording …" : "Reading it and computing the whole graph with and without …";
  return (
    <div role="status" class="form">
      <progress aria-label="Sent" max={1} {...(isSent ? {} : { value: share })} />
      <p class="quiet">{isSent ? words : `Sending, ${Math.floor(share * 100)} % sent`}</p>
    </div>
  );
}
