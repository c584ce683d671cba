/** Who is behind the ids of people and keys: asked for once, and again when somebody unknown appears. */
import { signal } from "@preact/signals";
import { api, type Schemas } from "../api/client";

export type Actor = Schemas["Actor"];

const actors = signal<ReadonlyMap<string, Actor>>(new Map());
const missed = new Set<string>();
let isAsking = false;

/** Whoever has this id; undefined until it is known, or where nobody has it. */
export function actorOf(id: string): Actor | undefined {
  const found = actors.value.get(id);
  if (!found && /^(usr|key)_/.test(id) && !missed.has(id)) void learn(id);
  return found;
}

/** The people who may be given work, by name. */
export function workers(): Actor[] {
  if (missed.size === 0) void learn("");
  return [...actors.value.values()]
    .filter((one) => one.may_act && one.id.startsWith("usr_") && /investigator|supervisor|admin/.test(one.role))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Everybody who has an id, by name: people first, then keys. */
export function everybody(): Actor[] {
  if (missed.size === 0) void learn("");
  return [...actors.value.values()].sort((a, b) => kind(a) - kind(b) || a.name.localeCompare(b.name));
}

const kind = (one: Actor) => (one.id.startsWith("usr_") ? 0 : 1);

async function learn(id: string): Promise<void> {
  missed.add(id);
  if (isAsking) return;
  isAsking = true;
  const found = new Map(actors.peek());
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 1000, ...(cursor === null ? {} : { cursor }) };
    const { data } = await api.GET("/api/v1/actors", { params: { query } });
    const page = typeof data === "object" ? data : null;
    for (const one of page?.items ?? []) found.set(one.id, one);
    cursor = page?.next ?? null;
  } while (cursor !== null);
  actors.value = found;
  isAsking = false;
}
