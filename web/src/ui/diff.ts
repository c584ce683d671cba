/** What differs between two texts, line by line. */
export interface Line {
  kind: "same" | "gone" | "new";
  text: string;
}

/** Where more comparisons than this would be needed, what differs is told as a whole. */
const MOST = 4_000_000;

export function difference(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const same = (text: string): Line => ({ kind: "same", text });
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function middle(before: readonly string[], after: readonly string[]): Line[] {
  const gone = (text: string): Line => ({ kind: "gone", text });
  const added = (text: string): Line => ({ kind: "new", text });
  if (before.length * after.length > MOST) return [...before.map(gone), ...after.map(added)];
  const longest = lengths(before, after);
  const at = (i: number, j: number) => longest[i * (after.length + 1) + j] ?? 0;
  const lines: Line[] = [];
  let i = 0,
    j = 0;
  while (i < before.length && j < after.length) {
    const old = before[i] ?? "",
      fresh = after[j] ?? "";
    if (old === fresh) {
      lines.push({ kind: "same", text: old });
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push(gone(old));
      i += 1;
    } else {
      lines.push(added(fresh));
      j += 1;
    }
  }
  return [...lines, ...before.slice(i).map(gone), ...after.slice(j).map(added)];
}

/** For each pair of places the length of the longest common rest. */
function lengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const table = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const over = Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
      table[i * width + j] = before[i] === after[j] ? (table[(i + 1) * width + j + 1] ?? 0) + 1 : over;
    }
  }
  return table;
}
