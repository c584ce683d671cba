/** What a list is asked with: the filters of the address, as the API takes them. */
import { query, setQuery } from "../router";

/** What the address has under a name; absent where it has nothing. */
export function filterOf(name: string): string | undefined {
  return query.value.get(name) || undefined;
}

/** A name of the address as a value that a control reads and writes. */
export function bound(name: string): { value: string } {
  return {
    get value() {
      return query.value.get(name) ?? "";
    },
    set value(next: string) {
      setQuery({ [name]: next });
    },
  };
}
