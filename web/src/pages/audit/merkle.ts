/** The Merkle tree of RFC 6962 §2.1 over the events' hashes, checked here and not by the server. Leaves count from 0. */
import { type Bytes, fromHex, sha256, toHex } from "./bytes";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (leaf: Bytes) => sha256(LEAF, leaf);
const nodeHash = (left: Bytes, right: Bytes) => sha256(NODE, left, right);

/** One step from a leaf to the root: the hash beside it, over leaves [first, end), and what both give. */
export interface Step {
  first: number;
  end: number;
  isLeft: boolean;
  sibling: string;
  node: string;
}

/** The ranges that the path from a leaf to the root passes by, nearest to the leaf first. */
function pathRanges(index: number, size: number): [number, number][] {
  const ranges: [number, number][] = [];
  let first = 0;
  let end = size;
  while (end - first > 1) {
    const middle = first + leftPart(end - first);
    ranges.unshift(index < middle ? [middle, end] : [first, middle]);
    if (index < middle) end = middle;
    else first = middle;
  }
  return ranges;
}

/** The largest power of two below `leaves`. */
function leftPart(leaves: number): number {
  let part = 1;
  while (part * 2 < leaves) part *= 2;
  return part;
}

export interface Climbed {
  /** In hex. */
  root: string;
  steps: Step[];
}

/** The root that a path leads to, and the way there; null where no tree of that size has such a path there. */
export async function climb(
  leaf: Bytes,
  index: number,
  size: number,
  path: readonly string[],
): Promise<Climbed | null> {
  const ranges = index >= 0 && index < size ? pathRanges(index, size) : [];
  if (ranges.length !== path.length) return null;
  let node = await leafHash(leaf);
  const steps: Step[] = [];
  for (const [place, [first, end]] of ranges.entries()) {
    const sibling = path[place] ?? "";
    const isLeft = first <= index;
    node = isLeft ? await nodeHash(fromHex(sibling), node) : await nodeHash(node, fromHex(sibling));
    steps.push({ first, end, isLeft, sibling, node: toHex(node) });
  }
  return { root: toHex(node), steps };
}

/** Whether the proof shows a tree to be the beginning of a larger one (RFC 9162 §2.1.4.2); roots in hex. */
export async function isConsistent(
  before: { size: number; root: string },
  after: { size: number; root: string },
  proof: readonly string[],
): Promise<boolean> {
  if (before.size <= 0 || before.size > after.size) return false;
  if (before.size === after.size) return proof.length === 0 && before.root === after.root;
  const [start, ...path] = isPowerOfTwo(before.size) ? [before.root, ...proof] : proof;
  if (start === undefined) return false;
  let [number, last] = [before.size - 1, after.size - 1];
  while (number % 2 === 1) [number, last] = [half(number), half(last)];
  let [old, grown] = [fromHex(start), fromHex(start)];
  for (const text of path) {
    const sibling = fromHex(text);
    if (last === 0) return false;
    if (number % 2 === 1 || number === last) {
      [old, grown] = [await nodeHash(sibling, old), await nodeHash(sibling, grown)];
      while (number % 2 === 0 && number > 0) [number, last] = [half(number), half(last)];
    } else {
      grown = await nodeHash(grown, sibling);
    }
    [number, last] = [half(number), half(last)];
  }
  return last === 0 && toHex(old) === before.root && toHex(grown) === after.root;
}

const half = (number: number) => Math.floor(number / 2);

function isPowerOfTwo(number: number): boolean {
  return leftPart(number) * 2 === number || number === 1;
}
