/** Who somebody is: by name where we may read the list of people, by id otherwise; ourselves always. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { answered, api, type Schemas } from "../api/client";
import { shortened, Unknown } from "../ui/atoms";
import { isOneOf, me } from "./me";

const people = signal<readonly Schemas["UserView"][] | null>(null);
const MOST = 1_000;
let isAsked = false;

/** Ask once for those who may sign in; who may not read it goes on with ids. */
export function usePeople(): readonly Schemas["UserView"][] {
  useEffect(() => {
    if (isAsked || !isOneOf("supervisor", "admin", "auditor")) return;
    isAsked = true;
    answered(api.GET("/api/v1/users", { params: { query: { limit: MOST } } })).then(
      (page) => {
        people.value = page.items;
      },
      () => {
        isAsked = false;
      },
    );
  }, []);
  return people.value ?? [];
}

/** The name of an actor or assignee. */
export function nameOf(id: string): string {
  if (id === me.value?.id) return me.value.name;
  return people.value?.find((one) => one.id === id)?.name ?? shortened(id, 8);
}

export function Who({ id, nobody = "nobody" }: { id: string | null | undefined; nobody?: string }) {
  usePeople();
  if (id === undefined) return <Unknown />;
  if (id === null) return <span class="quiet">{nobody}</span>;
  return (
    <span title={id}>
      {nameOf(id)}
      {id === me.value?.id && <span class="quiet"> (you)</span>}
    </span>
  );
}
