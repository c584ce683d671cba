/** Codes of the API in plain words. */
import type { Schemas } from "../../api/client";

export type Side = "source" | "destination";

const STOPS: Record<string, string> = {
  category: "attributed",
  origin: "origin",
  unspent: "unspent",
  hop_limit: "further away",
  dust: "dust",
  limit: "cut off",
  pooled: "pooled",
};

const MEANINGS: Record<string, string> = {
  category: "Tracing stops at a wallet that is attributed.",
  origin: "Nobody paid these wallets: the money is first seen here.",
  unspent: "These wallets have paid nobody since.",
  hop_limit: "More hops away than were asked for.",
  dust: "Flows too small to follow.",
  limit: "The question grew too large and was cut: what was found are lower bounds.",
  pooled: "Wallets with so many counterparties that nothing tells whose money it is.",
};

/** What a stop or a rest is called. */
export function stopName(reason: string): string {
  return STOPS[reason] ?? reason.replaceAll("_", " ");
}

export function stopMeaning(reason: string): string {
  return MEANINGS[reason] ?? "";
}

const STANDINGS: Record<Schemas["RankedView"]["standing"], string> = {
  decides: "in force, decides",
  outranked: "in force, outranked",
  review: "waits for review",
  not_yet_valid: "not valid yet",
  no_longer_valid: "no longer valid",
  withdrawn: "withdrawn",
};

export function standingName(standing: Schemas["RankedView"]["standing"]): string {
  return STANDINGS[standing];
}
