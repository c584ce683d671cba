/** Filters that live in the address: what is chosen there is shown, what is chosen here goes there. */
import { useId } from "preact/hooks";
import { query, setQuery } from "../router";
import type { Option } from "./fields";

/** What the address has under a name; absent where it has nothing. */
export function filterOf(name: string): string | undefined {
  return query.value.get(name) || undefined;
}

/** One of a few; the empty value is "any". */
export function FilterSelect({ label, name, options }: { label: string; name: string; options: readonly Option[] }) {
  const id = useId();
  return (
    <div class="field">
      <label htmlFor={id}>
        <small>{label}</small>
      </label>
      <select
        id={id}
        value={query.value.get(name) ?? ""}
        onChange={(event) => setQuery({ [name]: event.currentTarget.value })}
      >
        {options.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A text, taken when it is whole: by Enter or on leaving the field. */
export function FilterText({ label, name, placeholder = "" }: { label: string; name: string; placeholder?: string }) {
  const id = useId();
  return (
    <div class="field">
      <label htmlFor={id}>
        <small>{label}</small>
      </label>
      <input
        id={id}
        type="search"
        spellcheck={false}
        autoComplete="off"
        placeholder={placeholder}
        value={query.value.get(name) ?? ""}
        onChange={(event) => setQuery({ [name]: event.currentTarget.value.trim() })}
      />
    </div>
  );
}

/** Take every filter out again; not there while there is none. */
export function ClearFilters({ names }: { names: readonly string[] }) {
  if (!names.some((name) => query.value.has(name))) return null;
  return (
    <button type="button" onClick={() => setQuery(Object.fromEntries(names.map((name) => [name, null])))}>
      Clear filters
    </button>
  );
}
