/** Every version of every model: which counts, which is watched, how well it does. */
import { useSignal } from "@preact/signals";
import { answered, api } from "../../api/client";
import { useListing } from "../../api/listing";
import { navigate, query } from "../../router";
import { mayRun } from "../../session/me";
import { Time, Unknown } from "../../ui/atoms";
import { Select } from "../../ui/fields";
import { bound } from "../../ui/filtered";
import { useKeys } from "../../ui/keys";
import { Listed } from "../../ui/listed";
import { counted } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { type Column, Table } from "../../ui/table";
import { Train, Training } from "./train";
import { figure, KIND_WORDS, KINDS, type Model, STATES, stateMark } from "./words";

export default function ModelsPage() {
  const kind = KINDS.find((one) => one === query.value.get("kind"));
  const state = STATES.find((one) => one === query.value.get("state"));
  const isAsking = useSignal(false);
  const listing = useListing(`${kind} ${state}`, (cursor, signal) =>
    answered(
      api.GET("/api/v1/models", {
        params: {
          query: { limit: 100, ...(kind ? { kind } : {}), ...(state ? { state } : {}), ...(cursor ? { cursor } : {}) },
        },
        signal,
      }),
    ),
  );
  const open = () => {
    isAsking.value = true;
  };
  useKeys(mayRun() ? [{ key: "t", does: "train a model", run: open }] : [], [mayRun()]);
  return (
    <>
      <PageHead
        title="Models"
        actions={
          mayRun() && (
            <button type="button" onClick={open}>
              Train a model <kbd>T</kbd>
            </button>
          )
        }
      />
      <search class="filters">
        <Select
          label="Kind"
          value={bound("kind")}
          options={[{ value: "", label: "any" }, ...KINDS.map((one) => ({ value: one, label: KIND_WORDS[one] }))]}
        />
        <Select label="State" value={bound("state")} options={[{ value: "", label: "any" }, ...STATES]} />
      </search>
      <Training id={query.value.get("training")} ended={listing.again} />
      <Listed listing={listing} what="models" empty={<NoModels isFiltered={Boolean(kind || state)} />}>
        {(rows) => (
          <Table
            name="Models"
            isMain
            rows={rows}
            id={(one) => one.id}
            label={(one) => one.id}
            columns={COLUMNS}
            open={(one) => navigate(`/models/${one.id}`)}
          />
        )}
      </Listed>
      {isAsking.value && (
        <Train
          close={() => {
            isAsking.value = false;
          }}
        />
      )}
    </>
  );
}

function NoModels({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <p>No model is of that kind and state.</p>
  ) : (
    <p>
      No model has been trained. None comes with the software: each is learned from your own graph, and none counts
      before somebody promotes it.
    </p>
  );
}

const COLUMNS: Column<Model>[] = [
  { head: "Model", cell: (one) => <a href={`/models/${one.id}`}>{one.id}</a>, by: (one) => one.id },
  { head: "Kind", cell: (one) => KIND_WORDS[one.kind], by: (one) => one.kind },
  {
    head: "State",
    cell: (one) => <span class={one.state === "champion" ? "tag on" : "tag"}>{stateMark(one.state)}</span>,
    by: (one) => one.state,
  },
  {
    head: "Average precision",
    unit: "0–1",
    isNumber: true,
    cell: (one) => metric(one, "average_precision"),
    by: (one) => one.metrics.average_precision ?? -1,
  },
  { head: "By chance", unit: "0–1", isNumber: true, cell: (one) => metric(one, "base_rate") },
  {
    head: "ROC AUC",
    unit: "0–1",
    isNumber: true,
    cell: (one) => metric(one, "roc_auc"),
    by: (one) => one.metrics.roc_auc ?? -1,
  },
  { head: "Wallets", isNumber: true, cell: (one) => counted(one.wallets), by: (one) => one.wallets },
  { head: "Trained", cell: (one) => <Time at={one.created_at} short />, by: (one) => one.created_at },
];

/** What learns from no labels is measured on none. */
function metric(model: Model, name: string) {
  const found = model.metrics[name];
  if (found !== undefined) return figure(found);
  return model.kind === "isolation_forest" ? <span class="quiet">no labels</span> : <Unknown />;
}
