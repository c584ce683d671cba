/** What an event is about, with its page where it has one. */
import type { Schemas } from "../../api/client";
import { Key } from "../../ui/atoms";
import { pathOf } from "../../ui/places";

export type AuditEvent = Schemas["Event"];

/** How ids begin, where the action is not named after what it is about. */
const KINDS: Record<string, string> = { alr: "alert", att: "attribution", cas: "case", job: "job", run: "run" };
/** What is no longer than this is shown in full. */
const SHORT = 24;

export function About({ event }: { event: AuditEvent }) {
  const begins = /^([a-z]+)_[0-9a-z]{26}$/.exec(event.subject)?.[1] ?? "";
  const href = pathOf(KINDS[begins] ?? event.action.split(".")[0] ?? "", event.subject);
  const name = event.subject.length <= SHORT ? event.subject : null;
  return <Key of={event.subject} name={name} {...(href ? { href } : {})} />;
}
