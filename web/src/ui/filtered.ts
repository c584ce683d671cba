/** What a list is asked with: the filters of the address, as the API takes them. */
import { query } from "../router";

/** What the address has under a name; absent where it has nothing. */
export function filterOf(name: string): string | undefined {
  return query.value.get(name) || undefined;
}
