/** What this browser can check of the log by itself: who signed the latest checkpoint, and that the log only grew since
 * the one that this browser saw last, which it keeps. */
import { answered, api, asProblem, type Schemas } from "../../api/client";
import { many } from "../../ui/numbers";
import { isConsistent } from "./merkle";
import { type Checkpoint, readCheckpoint, readVerifier, signerOf, type Verifier, vouchedFor } from "./notes";

/** One thing checked; `holds` is null where it cannot be told. */
export interface Finding {
  holds: boolean | null;
  what: string;
  why: string;
}

interface Kept {
  /** The key that this browser trusts: the one it met first, or that its user has looked at. */
  key: string;
  note: string;
}

const PLACE = "headwater.audit";

export function kept(): Kept | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(PLACE) ?? "null");
    const { key, note } = (found ?? {}) as Partial<Kept>;
    return typeof key === "string" && typeof note === "string" ? { key, note } : null;
  } catch {
    return null;
  }
}

function keep(key: Verifier, checkpoint: Schemas["CheckpointView"]): void {
  localStorage.setItem(PLACE, JSON.stringify({ key: key.line, note: checkpoint.note } satisfies Kept));
}

/** Why nothing can be checked in this browser; null where it can. */
export function cannotCheck(): string | null {
  return globalThis.crypto?.subtle
    ? null
    : "Browsers check signatures only on pages that came by HTTPS or from this machine itself.";
}

/** Ask for the latest checkpoint and check it; the findings in order, the first that fails ends it. */
export async function checkHere(signal: AbortSignal): Promise<Finding[]> {
  const keys = (await answered(api.GET("/api/v1/audit/keys", { signal }))).items;
  const latest = (await answered(api.GET("/api/v1/audit/checkpoints", { params: { query: { limit: 1 } }, signal })))
    .items[0];
  const before = kept();
  if (!latest) {
    const gone = "This browser has seen one before: the log is another, or was put back.";
    return [{ holds: before ? false : null, what: "No checkpoint was signed yet", why: before ? gone : "" }];
  }
  const first = before?.key ?? keys[0]?.verifier ?? latest.key;
  const trusted = await vouchedFor(readVerifier(first), rotationsOf(keys));
  const checkpoint = readCheckpoint(latest.note);
  const signer = await signerOf(checkpoint.note, trusted);
  const findings = [signature(checkpoint, signer, before !== null)];
  if (signer && before) findings.push(await growth(readCheckpoint(before.note), checkpoint, signal));
  if (findings.every((one) => one.holds)) keep(readVerifier(first), latest);
  return findings;
}

export function rotationsOf(keys: readonly Schemas["KeyInfo"][]): string[] {
  return keys.flatMap((one) => one.vouched_by ?? []);
}

function signature(checkpoint: Checkpoint, signer: Verifier | null, isKnown: boolean): Finding {
  const what = `The checkpoint over ${many(checkpoint.size, "event")} is signed`;
  if (!signer) return { holds: false, what, why: "None of the keys that this browser trusts has signed it." };
  const trust = isKnown
    ? "the key that this browser trusts since it first met it, or one that it vouches for"
    : "the key that the server names; this browser trusts it from now on";
  return { holds: true, what, why: `by ${signer.name}, key ${signer.keyId}: ${trust}.` };
}

async function growth(before: Checkpoint, after: Checkpoint, signal: AbortSignal): Promise<Finding> {
  const what = `The log only grew since this browser saw ${many(before.size, "event")} at ${before.at.slice(0, 16).replace("T", " ")} UTC`;
  const gone = `There are only ${many(after.size, "event")} now: some are gone from its end.`;
  if (after.origin !== before.origin) return { holds: false, what, why: "This is another log." };
  if (after.size < before.size) return { holds: false, what, why: gone };
  if (after.size === before.size) return { holds: after.root === before.root, what, why: "Nothing was added since." };
  try {
    const query = { from: before.size, to: after.size };
    const proof = await answered(api.GET("/api/v1/audit/consistency", { params: { query }, signal }));
    const holds = await isConsistent(before, after, proof.path);
    const why = holds
      ? `${many(after.size - before.size, "event")} were added, none of those before was changed: proven by ${many(proof.path.length, "hash", "hashes")}.`
      : "The proof does not lead from what this browser saw to what was signed now.";
    return { holds, what, why };
  } catch (error) {
    return { holds: false, what, why: asProblem(error).message };
  }
}
