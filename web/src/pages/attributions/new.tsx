/** Recording one attribution, or one in place of another; what it would move can be seen first. */
import { useSignal } from "@preact/signals";
import { answered, api, type Schemas } from "../../api/client";
import { navigate, query } from "../../router";
import { about } from "../../session/about";
import { isOneOf } from "../../session/me";
import { Dialog } from "../../ui/dialog";
import { Check, Field, Select } from "../../ui/fields";
import { many } from "../../ui/numbers";
import { useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import { Impact } from "./impact";
import { type Attribution, attributionPath } from "./words";

interface Props {
  close: () => void;
  /** The one that is corrected: withdrawn at the same instant. */
  supersedes?: Attribution;
}

export function NewAttribution({ close, supersedes }: Props) {
  const draft = useDraft(supersedes);
  const impact = useSignal<Schemas["PreviewView"] | null>(null);
  const previewing = useSubmit(async () => {
    impact.value = await answered(
      api.POST("/api/v1/attributions/preview", { body: { record: [draft.input()], withdraw: [] } }),
    );
  });
  const recording = useSubmit(async () => {
    const done = await answered(api.POST("/api/v1/attributions", { body: draft.input() }));
    const [made] = done.items;
    tell(
      done.recorded ? `Recorded; ${many(done.changed.length, "wallet")} of another category now.` : "Known already.",
    );
    close();
    if (made) navigate(attributionPath(made.id));
  });
  const { problem } = recording;
  return (
    <Dialog title={supersedes ? "Correct the attribution" : "New attribution"} close={close}>
      <form class="form" onSubmit={recording.onSubmit}>
        {supersedes ? (
          <p class="mono">{supersedes.wallet}</p>
        ) : (
          <Field
            label="Wallet"
            value={draft.wallet}
            placeholder="network:address"
            required
            {...{ problem }}
            field="wallet"
          />
        )}
        <div class="pair">
          <Select
            label="Category"
            value={draft.category}
            options={categories(supersedes)}
            {...{ problem }}
            field="category"
          />
          <Field label="Confidence, 0 to 1" value={draft.confidence} {...{ problem }} field="confidence" />
        </div>
        <Field label="Source: who says so" value={draft.source} required {...{ problem }} field="source" />
        <Field label="Actor, if known" value={draft.actor} {...{ problem }} field="actor" />
        <div class="pair">
          <Field label="True since, UTC" type="date" value={draft.from} hint="empty: always" />
          <Field label="True until, UTC" type="date" value={draft.to} hint="empty: still" />
        </div>
        <Field label="Note" value={draft.note} hint="Kept for good: name no person in it." />
        {isOneOf("admin") && <Check label="A listing by a sanctions authority" value={draft.official} />}
        {previewing.failure}
        {recording.failure}
        {impact.value && <Impact of={impact.value} />}
        <p class="row">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="button" disabled={previewing.isBusy} onClick={() => void previewing.run()}>
            {previewing.isBusy ? "Computing …" : "What would change?"}
          </button>
          <button type="submit" class="main" disabled={recording.isBusy}>
            Record
          </button>
        </p>
      </form>
    </Dialog>
  );
}

function categories(supersedes?: Attribution): { value: string; label: string }[] {
  const known = (about.value?.categories ?? []).map((one) => ({ value: one.name, label: one.title }));
  const own = supersedes?.category;
  // Nothing is chosen beforehand: what a wallet is said to be is never a slip of the hand.
  if (!own) return [{ value: "", label: "choose …" }, ...known];
  return !known.some((one) => one.value === own)
    ? [{ value: own, label: `${own}, not in the table` }, ...known]
    : known;
}

/** The fields of the form, and what is sent of them. */
function useDraft(before?: Attribution) {
  const wallet = useSignal(before?.wallet ?? query.value.get("new_wallet") ?? "");
  const category = useSignal(before?.category ?? "");
  const confidence = useSignal(String(before?.confidence ?? 1));
  const source = useSignal(before?.source ?? "");
  const actor = useSignal(before?.actor ?? "");
  const from = useSignal(before?.valid_from?.slice(0, 10) ?? "");
  const to = useSignal(before?.valid_to?.slice(0, 10) ?? "");
  const note = useSignal(before?.note ?? "");
  const official = useSignal(before?.official ?? false);
  const input = (): Schemas["AttributionInput"] => ({
    wallet: wallet.value.trim(),
    category: category.value,
    confidence: Number(confidence.value),
    source: source.value.trim(),
    network: null,
    address: null,
    actor: actor.value.trim() || null,
    official: official.value,
    valid_from: from.value ? instant(from.value, before?.valid_from) : null,
    valid_to: to.value ? instant(to.value, before?.valid_to) : null,
    note: note.value.trim() || null,
    supersedes: before?.id ?? null,
  });
  return { wallet, category, confidence, source, actor, from, to, note, official, input };
}

/** A day begins at its midnight in UTC; a bound that was not touched keeps its time of day. */
function instant(day: string, before?: string | null): string {
  return before?.startsWith(day) ? before : `${day}T00:00:00Z`;
}
