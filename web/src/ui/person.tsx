/** Who did something or has it to do, by name. */
import { me } from "../session/me";
import { nameOf } from "../session/people";

export function Person({ id }: { id: string }) {
  return <span title={id}>{id === me.value?.id ? "me" : nameOf(id)}</span>;
}

export function Assignee({ id }: { id: string | null }) {
  return id === null ? <span class="quiet">nobody</span> : <Person id={id} />;
}
