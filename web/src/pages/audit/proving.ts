/** The proof of one event, checked step by step in this browser. */
import type { Schemas } from "../../api/client";
import { counted } from "../../ui/numbers";
import { sha256, toHex, utf8 } from "./bytes";
import { type Finding, kept, rotationsOf } from "./here";
import { climb, type Step } from "./merkle";
import { readCheckpoint, readVerifier, signerOf, vouchedFor } from "./notes";

export interface Proven {
  findings: Finding[];
  steps: Step[];
}

/** Check a proof against what the page shows of the event and the key that this browser trusts, or the first named. */
export async function prove(
  event: Schemas["Event"],
  proof: Schemas["InclusionProof"],
  keys: readonly Schemas["KeyInfo"][],
): Promise<Proven> {
  const leaf = await sha256(utf8(proof.canonical));
  const checkpoint = readCheckpoint(proof.checkpoint);
  const climbed = await climb(leaf, event.seq - 1, checkpoint.size, proof.path);
  const first = kept()?.key ?? keys[0]?.verifier;
  const trusted = first ? await vouchedFor(readVerifier(first), rotationsOf(keys)) : [];
  const signer = await signerOf(checkpoint.note, trusted);
  const findings = [
    {
      holds: saysTheSame(event, proof.canonical),
      what: "What is shown here is what was hashed",
      why: `${counted(proof.canonical.length)} characters of canonical JSON, kept below.`,
    },
    { holds: toHex(leaf) === event.hash, what: "Its SHA-256 is the hash of the event", why: toHex(leaf) },
    {
      holds: climbed?.root === checkpoint.root,
      what: `${counted(proof.path.length)} hashes lead from it to the root over ${counted(checkpoint.size)} events`,
      why: checkpoint.root,
    },
    {
      holds: signer !== null,
      what: `That root was signed at ${checkpoint.at.slice(0, 16).replace("T", " ")} UTC`,
      why: signer ? `by ${signer.name}, key ${signer.keyId}` : "by none of the keys that this browser trusts",
    },
  ];
  return { findings, steps: climbed?.steps ?? [] };
}

/** Whether the canonical text says of the event what the page shows, which the list of events answered. */
function saysTheSame(event: Schemas["Event"], canonical: string): boolean {
  const { at, hash: _, ...said } = event;
  const { at: then, ...told } = JSON.parse(canonical) as { at: string };
  return Date.parse(at) === Date.parse(then) && sorted(said) === sorted(told);
}

/** JSON with the names of every object in order, so that equal things are equal texts. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === "object" && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
