/** What if: suppose something, see both sides of it, keep it with a case. Nothing is written to the graph. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../../api/asking";
import { answered, api, type Schemas } from "../../../api/client";
import { about } from "../../../session/about";
import { mayWork } from "../../../session/me";
import { Box } from "../../../ui/atoms";
import { Field, Select } from "../../../ui/fields";
import { Differing } from "../../../ui/supposed";
import { useSubmit } from "../../../ui/submit";
import { tell } from "../../../ui/toasts";
import { clockNow, HOPS } from "../clock";
import type { Side } from "../words";

type Overlay = Schemas["OverlayInput"];

/** No category: the wallet is not attributed. */
const NOTHING = "";
const MOST_CASES = 100;

export function WhatIf({ wallet, side }: { wallet: string; side: Side }) {
  const fields = { wallet: useSignal(""), category: useSignal("exchange"), source: useSignal(""), hops: useSignal("") };
  const found = useSignal<{ overlay: Overlay; answer: Schemas["WhatIfView"] } | null>(null);
  const { onSubmit, isBusy, failure, problem } = useSubmit(async () => {
    const overlay: Overlay = {
      categories: fields.wallet.value.trim()
        ? [{ wallet: fields.wallet.value.trim(), category: fields.category.value || null }]
        : [],
      without_sources: fields.source.value.trim() ? [fields.source.value.trim()] : [],
      without_attributions: [],
      without_flows: [],
      hops: fields.hops.value ? Number(fields.hops.value) : null,
    };
    const body = { suppose: overlay, direction: side, hops: clockNow().hops };
    const params = { path: { key: wallet } };
    found.value = { overlay, answer: await answered(api.POST("/api/v1/wallets/{key}/what-if", { params, body })) };
  });
  const categories = (about.value?.categories ?? []).map((one) => ({ value: one.name, label: one.title }));
  return (
    <Box title="What if" aside={<small>nothing is written</small>}>
      <form class="filters inset" aria-label="What if" onSubmit={onSubmit}>
        <Field
          label="this wallet"
          value={fields.wallet}
          placeholder="network:address"
          problem={problem}
          field="suppose.categories[0].wallet"
        />
        <Select
          label="were"
          value={fields.category}
          options={[{ value: NOTHING, label: "not attributed" }, ...categories]}
        />
        <Field label="without what this source says" value={fields.source} placeholder="any" />
        <Select
          label="over"
          value={fields.hops}
          options={[
            { value: "", label: "as many hops" },
            ...HOPS.map((one) => ({ value: String(one), label: one === 1 ? "1 hop" : `${one} hops` })),
          ]}
        />
        <button type="submit" class="primary" disabled={isBusy}>
          Suppose
        </button>
        {failure}
      </form>
      {found.value && (
        <div class="inside form">
          <Differing found={found.value.answer} />
          {mayWork() && <Keeping wallet={wallet} side={side} suppose={found.value.overlay} />}
        </div>
      )}
    </Box>
  );
}

function Keeping({ wallet, side, suppose }: { wallet: string; side: Side; suppose: Overlay }) {
  const cases = useAsked("", (signal) =>
    answered(api.GET("/api/v1/cases", { params: { query: { status: "open", limit: MOST_CASES } }, signal })),
  );
  const chosen = useSignal("");
  const title = useSignal("");
  const { onSubmit, isBusy, failure, problem } = useSubmit(async () => {
    const body = { title: title.value, wallet, suppose, direction: side, hops: clockNow().hops };
    const params = { path: { case: chosen.value } };
    await answered(api.POST("/api/v1/cases/{case}/what-ifs", { params, body }));
    title.value = "";
    tell("Kept with the case.");
  });
  const open = cases.data?.items ?? [];
  if (open.length === 0) return null;
  chosen.value ||= open[0]?.id ?? "";
  return (
    <form class="filters inset" aria-label="Keep with a case" onSubmit={onSubmit}>
      <Field label="Title" value={title} problem={problem} field="title" required />
      <Select
        label="Keep with case"
        value={chosen}
        options={open.map((one) => ({ value: one.id, label: one.title }))}
      />
      <button type="submit" disabled={isBusy}>
        Keep
      </button>
      {failure}
    </form>
  );
}
