/** The names behind the ids of people and keys; asked for once, and again when somebody unknown appears. */
import { signal } from "@preact/signals";
import { api } from "../api/client";

const names = signal<ReadonlyMap<string, string>>(new Map());
const missed = new Set<string>();
let isAsking = false;

/** The name of whoever has this id; the id itself until it is known, or where nobody has it. */
export function nameOf(id: string): string {
  const found = names.value.get(id);
  if (found === undefined && /^(usr|key)_/.test(id) && !missed.has(id)) void learn(id);
  return found ?? id;
}

async function learn(id: string): Promise<void> {
  missed.add(id);
  if (isAsking) return;
  isAsking = true;
  const found = new Map(names.peek());
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 1000, ...(cursor === null ? {} : { cursor }) };
    const { data } = await api.GET("/api/v1/actors", { params: { query } });
    const page = typeof data === "object" ? data : null;
    for (const one of page?.items ?? []) found.set(one.id, one.name);
    cursor = page?.next ?? null;
  } while (cursor !== null);
  names.value = found;
  isAsking = false;
}
