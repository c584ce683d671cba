/** The filters of the queue, as the address has them and as the API takes them. */
import type { paths } from "../../../generated/schema";
import { me } from "../../session/me";

export type AlertQuery = NonNullable<paths["/api/v1/alerts"]["get"]["parameters"]["query"]>;

/** What the address may say besides the view. */
export const FILTERS = [
  "severity",
  "class",
  "category",
  "assignee",
  "group",
  "wallet",
  "suppressed",
  "proposed",
  "from",
  "to",
  "sort",
] as const;

/** What is still to be done, unless the address asks for something else; "any" is every status. */
export const FIRST_STATUS = "open";

export function asked(query: URLSearchParams): AlertQuery {
  const found: Record<string, string> = {};
  const status = query.get("status") ?? FIRST_STATUS;
  if (status !== "any") found.status = status;
  for (const name of FILTERS) {
    const value = query.get(name);
    if (value) found[name] = value;
  }
  if (found.assignee === "me" && me.value) found.assignee = me.value.id;
  // Days are days of UTC.
  for (const name of ["from", "to"]) {
    const day = found[name];
    if (day && /^\d{4}-\d{2}-\d{2}$/.test(day)) found[name] = `${day}T00:00:00Z`;
  }
  return found as AlertQuery;
}
