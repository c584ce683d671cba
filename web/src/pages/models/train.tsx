/** Having a model trained, and following that. */
import { useSignal } from "@preact/signals";
import { answered, api, type Schemas } from "../../api/client";
import { useJob } from "../../api/job";
import { setQuery } from "../../router";
import { Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/fields";
import { JobProgress } from "../../ui/progress";
import { Failed } from "../../ui/states";
import { Finish, useSubmit } from "../../ui/submit";
import { KIND_WORDS, KINDS, type Kind, OUTPUT_WORDS } from "./words";

export function Train({ close }: { close: () => void }) {
  const kind = useSignal<string>("isolation_forest");
  const seed = useSignal("0");
  const asOf = useSignal("");
  const start = useSubmit(async () => {
    const body = {
      kind: kind.value,
      seed: Number(seed.value),
      ...(asOf.value ? { as_of: `${asOf.value}:00Z` } : {}),
    } as Schemas["TrainInput"];
    const job = await answered(api.POST("/api/v1/models/train", { body }));
    setQuery({ training: job.id });
    close();
  });
  const of = { problem: start.problem };
  return (
    <Dialog title="Train a model" close={close}>
      <form class="form" onSubmit={start.onSubmit}>
        <Select
          label="Kind"
          value={kind}
          options={KINDS.map((one) => ({ value: one, label: KIND_WORDS[one] }))}
          field="kind"
          {...of}
        />
        <p class="quiet">{OUTPUT_WORDS[kind.value as Kind]}</p>
        <Field
          label="Seed"
          type="number"
          value={seed}
          hint="the same seed and graph give the same model, byte for byte"
          field="seed"
          {...of}
        />
        <Field
          label="As of, UTC"
          type="datetime-local"
          value={asOf}
          hint="learn only from what had moved by then; empty: from all"
          field="as_of"
          {...of}
        />
        <Finish sending={start} close={close} does="Train" />
      </form>
    </Dialog>
  );
}

/** How a training goes on, and the model that came of it. */
export function Training({ id, ended }: { id: string | null; ended: () => void }) {
  const job = useJob(id, ended);
  const model = job.data?.state === "succeeded" ? job.data.result?.model : undefined;
  if (id === null) return null;
  return (
    <>
      {job.problem && <Failed problem={job.problem} again={job.again} />}
      {job.data && <JobProgress job={job.data} what="Training" />}
      {typeof model === "string" && (
        <p class="notice" role="status">
          The training made <a href={`/models/${model}`}>{model}</a>. A new model counts for nothing before it is
          promoted.
        </p>
      )}
    </>
  );
}
