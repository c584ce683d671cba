/** What leaves as a file. */
import { asProblem, Problem } from "./client";

/** Save a list as CSV: the whole of it, with the filters that the address has. */
export async function saveCsv(address: string, name: string): Promise<void> {
  const answer = await fetch(address, { headers: { accept: "text/csv" } }).catch((error: unknown) => {
    throw asProblem(error);
  });
  if (!answer.ok) throw new Problem(answer.status, "The list cannot be exported", await answer.text(), [], "");
  save(await answer.blob(), name);
}

/** Hand a file to the browser. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
