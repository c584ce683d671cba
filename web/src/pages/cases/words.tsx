/** How a case stands, in words. */
import type { Schemas } from "../../api/client";

export type CaseView = Schemas["CaseView"];
export type CaseDetail = Schemas["CaseDetail"];
export type Outcome = Schemas["ClosingInput"]["outcome"];

export const OUTCOMES: readonly { value: Outcome; label: string; alerts: string }[] = [
  { value: "reported", label: "reported to an authority", alerts: "resolves them as confirmed" },
  { value: "handed_over", label: "handed over to somebody else", alerts: "resolves them as inconclusive" },
  { value: "no_action", label: "no action", alerts: "dismisses them as false positives" },
];

export function outcomeWords(outcome: string | null): string {
  return OUTCOMES.find((one) => one.value === outcome)?.label ?? outcome ?? "unknown";
}

const STATUSES: Record<CaseView["status"], string> = {
  open: "open",
  closing: "closing proposed",
  closed: "closed",
};

export function StatusTag({ status }: { status: CaseView["status"] }) {
  return <span class={`tag case-${status}`}>{STATUSES[status]}</span>;
}
