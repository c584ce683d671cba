/** What to bring when a wallet is expanded, as it stands in the form. */
import type { Wanted } from "./questions";

export interface Filters {
  direction: "" | "source" | "destination";
  category: string;
  least: string;
  /** Days, in UTC; empty is any. */
  from: string;
  to: string;
  limit: string;
}

export const DEFAULTS: Filters = { direction: "", category: "", least: "", from: "", to: "", limit: "25" };

export function wantedOf(wallet: string, given: Filters): Wanted {
  return {
    wallet,
    direction: given.direction || null,
    category: given.category || null,
    min_value: given.least.trim() || "0",
    from: given.from ? `${given.from}T00:00:00Z` : null,
    to: given.to ? `${given.to}T23:59:59Z` : null,
    limit: Math.min(500, Math.max(1, Number.parseInt(given.limit, 10) || 25)),
  };
}
