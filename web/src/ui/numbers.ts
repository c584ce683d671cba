/** Numbers as people read them. Money is decimal text and is never turned into a float. */

const GROUP = /\B(?=(\d{3})+(?!\d))/g;

/** A decimal text with groups of three and at most `places` decimals, cut and not rounded: "1,234.56". */
export function grouped(amount: string, places = 2): string {
  const sign = amount.startsWith("-") ? "−" : "";
  const [whole = "0", part = ""] = amount.replace(/^-/, "").split(".");
  const head = whole.replace(GROUP, ",");
  if (!part || /^0*$/.test(part)) return sign + head;
  const kept = part.slice(0, Math.max(places, whole === "0" ? firstDigit(part) + 2 : 0)).replace(/0+$/, "");
  return sign + (kept ? `${head}.${kept}` : head);
}

/** Where the first digit other than zero stands: what is small keeps two digits that tell something. */
function firstDigit(part: string): number {
  const found = part.search(/[1-9]/);
  return Math.max(found, 0);
}

/** What shares that add up to 1 may be off by. */
const ROUNDING = 1e-9;

/** A share in [0, 1] as percent: 0.3117 is "31.2 %", what is there and below a tenth "< 0.1 %". */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  if (share < 1 - ROUNDING && share > 0.999) return "> 99.9 %";
  return `${(share * 100).toFixed(1).replace(/\.0$/, "")} %`;
}

/** A score in [0, 1]; one that rounds to 1 and is not keeps showing that. */
export function scored(score: number): string {
  const shown = score.toFixed(2);
  return shown === "1.00" && score < 1 ? "> 0.99" : shown;
}

export function counted(count: number): string {
  return String(count).replace(GROUP, ",");
}

/** A count with its noun: "1 alert", "3,480 wallets". */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : more}`;
}

const STEPS: [number, string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
];

/** How long: "3 min", "2 d". */
export function lasting(seconds: number): string {
  for (const [size, unit] of STEPS) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.max(0, Math.round(seconds))} s`;
}
