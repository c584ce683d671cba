/** Where what an event is about has a page of its own. */
import type { Schemas } from "../../api/client";
import { Key } from "../../ui/atoms";

export type AuditEvent = Schemas["Event"];

/** The beginning of an action, or of an id -> where such things are shown. */
const BY_ACTION: Record<string, string> = {
  transaction: "/transactions/",
  alert: "/alerts/",
  attribution: "/attributions/",
  case: "/cases/",
  rule: "/rules/",
  policy: "/policies/",
  model: "/models/",
  job: "/jobs/",
};
const BY_ID: Record<string, string> = { alr: "/alerts/", att: "/attributions/", cas: "/cases/", job: "/jobs/" };

/** What is no longer than this is shown in full. */
const SHORT = 24;

/** The address of what an event is about; null where there is no page of it. */
export function pathOf(event: Pick<AuditEvent, "action" | "subject">): string | null {
  const kind = event.action.split(".")[0] ?? "";
  const prefix = /^([a-z]+)_[0-9a-z]{26}$/.exec(event.subject)?.[1] ?? "";
  const place = BY_ID[prefix] ?? BY_ACTION[kind];
  return place ? place + encodeURIComponent(event.subject) : null;
}

export function About({ event }: { event: AuditEvent }) {
  const href = pathOf(event);
  const name = event.subject.length <= SHORT ? event.subject : null;
  return <Key of={event.subject} name={name} {...(href ? { href } : {})} />;
}
