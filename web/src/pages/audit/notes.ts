/** Signed notes (C2SP signed-note, tlog-checkpoint) read and their Ed25519 signatures checked, here in the browser. */
import { type Bytes, fromBase64, toHex, utf8 } from "./bytes";

interface Signature {
  name: string;
  keyId: string;
  bytes: Bytes;
}

export interface Note {
  text: string;
  signatures: Signature[];
}

/** A public key as one line says it: `name+id+base64(0x01 || 32 bytes)`. */
export interface Verifier {
  line: string;
  name: string;
  keyId: string;
  raw: Bytes;
}

export interface Checkpoint {
  origin: string;
  size: number;
  /** In hex. */
  root: string;
  at: string;
  note: Note;
}

/** Take a note apart; throws where it is none. */
export function readNote(note: string): Note {
  const cut = note.lastIndexOf("\n\n");
  const lines = note
    .slice(cut + 2)
    .trimEnd()
    .split("\n");
  const signatures = lines.map((line) => {
    const told = /^— (\S+) (\S+)$/.exec(line);
    if (cut < 0 || !told) throw new Error("it is no signed note");
    const content = fromBase64(told[2] ?? "");
    return { name: told[1] ?? "", keyId: toHex(content.slice(0, 4)), bytes: content.slice(4) };
  });
  return { text: note.slice(0, cut + 1), signatures };
}

/** Throws where the line is no key. */
export function readVerifier(line: string): Verifier {
  const told = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line);
  if (!told) throw new Error("it is no public key");
  const content = fromBase64(told[3] ?? "");
  if (content.length !== 33 || content[0] !== 1) throw new Error("it is no Ed25519 key");
  return { line, name: told[1] ?? "", keyId: told[2] ?? "", raw: content.slice(1) };
}

/** Throws where the note says something else than a checkpoint. */
export function readCheckpoint(text: string): Checkpoint {
  const note = readNote(text);
  const [origin = "", size = "", root = "", time = ""] = note.text.split("\n");
  if (!/^[1-9][0-9]*$/.test(size) || !time.startsWith("time ")) throw new Error("it is no checkpoint");
  return { origin, size: Number(size), root: toHex(fromBase64(root)), at: time.slice(5), note };
}

/** Whether the key signed the note. Throws where this browser knows no Ed25519. */
export async function isSignedBy(note: Note, key: Verifier): Promise<boolean> {
  const own = note.signatures.filter((one) => one.name === key.name && one.keyId === key.keyId);
  if (own.length === 0) return false;
  const imported = await crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
  const held = own.map((one) => crypto.subtle.verify("Ed25519", imported, one.bytes, utf8(note.text)));
  return (await Promise.all(held)).some(Boolean);
}

/** The keys, by their lines, that the given one vouches for through notes in which each hands over to the next. */
export async function vouchedFor(first: Verifier, rotations: readonly string[]): Promise<Verifier[]> {
  const trusted = [first];
  for (const rotation of rotations) {
    const note = readNote(rotation);
    const [, subject, before = "", after = ""] = note.text.split("\n");
    const old = trusted.find((one) => one.line === before);
    if (subject === "key rotation" && old && (await isSignedBy(note, old))) trusted.push(readVerifier(after));
  }
  return trusted;
}

/** Which of the keys signed the note, if one did. */
export async function signerOf(note: Note, keys: readonly Verifier[]): Promise<Verifier | null> {
  for (const key of keys) if (await isSignedBy(note, key)) return key;
  return null;
}
