/** Sums of values: decimal texts of at most six places, added as integers and never as floats. */
const PLACES = 6;

export function micros(value: string): bigint {
  const [whole = "0", part = ""] = value.replace("-", "").split(".");
  const size = BigInt(whole + part.padEnd(PLACES, "0").slice(0, PLACES));
  return value.startsWith("-") ? -size : size;
}

export function added(values: readonly string[]): string {
  const sum = values.reduce((so_far, one) => so_far + micros(one), 0n);
  const digits = String(sum < 0n ? -sum : sum).padStart(PLACES + 1, "0");
  const part = digits.slice(-PLACES).replace(/0+$/, "");
  return `${sum < 0n ? "-" : ""}${digits.slice(0, -PLACES)}${part ? `.${part}` : ""}`;
}

/** Which part of a whole a value is, null where the whole is nothing. */
export function partOf(value: string, whole: string): number | null {
  return micros(whole) === 0n ? null : Number(value) / Number(whole);
}
