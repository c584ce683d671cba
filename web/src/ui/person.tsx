/** Who did something or has it to do, by name. */
import { me } from "../session/me";
import { actorOf } from "../session/people";
import { shortened, Unknown } from "./atoms";

/** The name of an actor or assignee; the id, shortened, of somebody whom nobody knows. */
export function nameOf(id: string): string {
  return actorOf(id)?.name ?? shortened(id, 8);
}

export function Who({ id, nobody = "nobody" }: { id: string | null | undefined; nobody?: string }) {
  if (id === undefined) return <Unknown />;
  if (id === null) return <span class="quiet">{nobody}</span>;
  return (
    <span title={id}>
      {nameOf(id)}
      {id === me.value?.id && <span class="quiet"> (you)</span>}
    </span>
  );
}
