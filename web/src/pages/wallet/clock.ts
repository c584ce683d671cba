/** What a view of a wallet is asked for, from the address: how many hops, and as of which times. */
import { query } from "../../router";

export interface Clock {
  hops: number;
  /** Only money that had moved by then; RFC 3339, null for all. */
  as_of: string | null;
  /** Only what had been recorded by then; RFC 3339, null for now. */
  known_at: string | null;
}

export const HOPS = [1, 2, 3, 4, 5, 6] as const;
const USUAL_HOPS = 3;

export function clockNow(): Clock {
  const given = Number(query.value.get("hops") ?? USUAL_HOPS);
  return {
    hops: HOPS.find((one) => one === given) ?? USUAL_HOPS,
    as_of: query.value.get("as_of"),
    known_at: query.value.get("known_at"),
  };
}

export function isPast(clock: Clock): boolean {
  return clock.as_of !== null || clock.known_at !== null;
}

/** The same as text, to ask anew when it changes. */
export function told(clock: Clock): string {
  return [clock.hops, clock.as_of, clock.known_at].join(" ");
}

/** The address of this page with some of its query changed; null takes a name out. */
export function here(changes: Record<string, string | null>): string {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text ? `?${text}` : window.location.pathname;
}
