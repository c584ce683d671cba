/** Plain words beside codes. */

const RESIDUALS: Record<string, string> = {
  origin: "no earlier inflow",
  unspent: "not spent",
  hop_limit: "beyond the hop limit",
  limit: "tracing was cut",
  dust: "dust",
};

/** Why tracing ended without an answer. */
export function residualWords(reason: string): string {
  return RESIDUALS[reason] ?? reason.replaceAll("_", " ");
}

/** A reason code in words: `EXPOSURE_SCAM_DIRECT` is "exposure: scam, direct". */
export function reasonWords(code: string): string {
  const exposure = /^EXPOSURE_(.+)_(DIRECT|INDIRECT)$/.exec(code);
  if (exposure) return `exposure: ${lower(exposure[1] ?? "")}, ${lower(exposure[2] ?? "")}`;
  return lower(code);
}

function lower(code: string): string {
  return code.toLowerCase().replaceAll("_", " ");
}
