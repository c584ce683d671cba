/** Where things have a page of their own, by what they are. */

const PLACES: Record<string, string> = {
  alert: "/alerts/",
  attribution: "/attributions/",
  case: "/cases/",
  job: "/jobs/",
  model: "/models/",
  policy: "/policies/",
  rule: "/rules/",
  run: "/jobs/runs?run=",
  scoring_run: "/jobs/runs?run=",
  transaction: "/transactions/",
  wallet: "/wallets/",
};

/** The address of a thing's page; null for what has none. */
export function pathOf(kind: string, id: string): string | null {
  const place = PLACES[kind];
  return place ? place + encodeURIComponent(id) : null;
}
