/** What a decision recorded that it rests on, read out of its evidence. */
import type { Schemas } from "../../api/client";

/** One side of the exposure: as a decision recorded it, or as the API answers for a wallet. */
export type Side = Pick<
  Schemas["ExposureView"],
  "direction" | "hops" | "total_value" | "exact" | "watermark" | "categories" | "residuals" | "passed_through"
>;

export function sidesOf(decision: Schemas["Decision"]): Side[] {
  return decision.evidence.filter((one) => one.kind === "exposure") as unknown as Side[];
}
