/** Sums of decimal texts in micro-units, as whole numbers: money is never a float. */

const PLACES = 6;

export function micro(text: string): bigint {
  const sign = text.startsWith("-") ? -1n : 1n;
  const [whole = "0", part = ""] = text.replace(/^-/, "").split(".");
  return sign * BigInt(whole + part.slice(0, PLACES).padEnd(PLACES, "0"));
}

export function decimal(amount: bigint): string {
  const sign = amount < 0n ? "-" : "";
  const digits = (amount < 0n ? -amount : amount).toString().padStart(PLACES + 1, "0");
  const part = digits.slice(-PLACES).replace(/0+$/, "");
  return sign + digits.slice(0, -PLACES) + (part && `.${part}`);
}

export function plus(a: string, b: string): string {
  return decimal(micro(a) + micro(b));
}

export function minus(a: string, b: string): string {
  return decimal(micro(a) - micro(b));
}

/** How large something is drawn: the order of magnitude of a value. For the eye only, nothing is computed from it. */
export function magnitude(value: string): number {
  return Math.log10(1 + Number(value));
}
