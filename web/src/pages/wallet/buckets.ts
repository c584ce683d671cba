/** Buckets of time made whole: what is missing between two of them is nothing moved, not something unknown. */
import type { Schemas } from "../../api/client";

export type Bucket = Schemas["BucketView"];
export type Per = Schemas["ActivityView"]["bucket"];
export const PERS: readonly Per[] = ["day", "week", "month"];

const DAY_MS = 86_400_000;
/** More of them than pixels tell nothing. */
const MOST = 3_000;

/** How long a bucket is good for a time from first to last. */
export function fitting(first: string | null, last: string | null): Per {
  const days = first && last ? (Date.parse(last) - Date.parse(first)) / DAY_MS : 0;
  return days <= 120 ? "day" : days <= 1_100 ? "week" : "month";
}

export function filled(buckets: readonly Bucket[], per: Per): Bucket[] {
  const first = buckets[0],
    last = buckets.at(-1);
  if (!first || !last) return [];
  const known = new Map(buckets.map((one) => [Date.parse(one.starts_at), one]));
  const whole: Bucket[] = [];
  const end = Date.parse(last.starts_at);
  for (let at = Date.parse(first.starts_at); at <= end && whole.length < MOST; at = after(at, per))
    whole.push(known.get(at) ?? empty(at));
  return whole.length < MOST ? whole : [...buckets];
}

function after(at: number, per: Per): number {
  if (per !== "month") return at + (per === "day" ? 1 : 7) * DAY_MS;
  const month = new Date(at);
  month.setUTCMonth(month.getUTCMonth() + 1);
  return month.getTime();
}

function empty(at: number): Bucket {
  return { starts_at: new Date(at).toISOString(), in_value: "0", out_value: "0", in_count: 0, out_count: 0 };
}
