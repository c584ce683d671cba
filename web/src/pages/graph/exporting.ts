/** What is shown, as text for elsewhere. */
import { currency } from "../../session/about";
import type { Picture } from "./picture";
import { asSaved } from "./saving";
import type { Workspace } from "./workspace";

/** The flows shown, a row each; text that a spreadsheet would compute has an apostrophe before it. */
export function asCsv({ flows, nodes }: Picture): string {
  const name = (id: string) => nodes.get(id)?.name ?? "";
  const rows = [...flows.values()].map((one) => [
    one.source.replace("\t", ":"),
    name(one.source),
    one.target.replace("\t", ":"),
    name(one.target),
    one.value,
    currency(),
    String(one.count),
    one.first_at,
    one.last_at,
    one.isDerived ? "derived" : "movement",
  ]);
  const head = "source,source_name,target,target_name,value,unit,transactions,first_at,last_at,kind".split(",");
  return [head, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n");
}

export function asJson(work: Workspace): string {
  const facts = work.book.facts.peek();
  const { flows, nodes } = work.picture.peek();
  const shown = [...nodes.values()].map(
    ({ id, kind, key, name, category, inValue, outValue, note, marks, changes }) => ({
      ...{ id, kind, key, name, category, in_value: inValue, out_value: outValue, note, marks, changes },
    }),
  );
  const canvas = asSaved(work.history.canvas.peek(), facts);
  return JSON.stringify(
    { unit: currency(), watermark: facts.watermark, nodes: shown, flows: [...flows.values()], canvas },
    null,
    1,
  );
}

function quoted(text: string): string {
  const safe = /^[=+\-@\t\r\n']/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
