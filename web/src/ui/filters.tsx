/** Filters of a list that live in the address: one control for each name in the query. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId } from "preact/hooks";
import { query, setQuery } from "../router";
import type { Option } from "./fields";

export function Filters({ children }: { children: ComponentChildren }) {
  const isSet = [...query.value.keys()].length > 0;
  return (
    <search class="filters">
      {children}
      {isSet && (
        <button
          type="button"
          class="bare"
          onClick={() => setQuery(Object.fromEntries([...query.value.keys()].map((name) => [name, null])))}
        >
          Clear filters
        </button>
      )}
    </search>
  );
}

/** One of a few words; "" is any. `fallback` is what holds where the address says nothing. */
export function SelectFilter({
  name,
  label,
  options,
  fallback = "",
}: {
  name: string;
  label: string;
  options: readonly (Option | string)[];
  fallback?: string;
}) {
  const id = useId();
  return (
    <div class="field">
      <Label of={id} text={label} />
      <select
        id={id}
        value={query.value.get(name) ?? fallback}
        onChange={(event) =>
          setQuery({ [name]: event.currentTarget.value === fallback ? null : event.currentTarget.value })
        }
      >
        {options.map((one) => {
          const { value, label: words } =
            typeof one === "string" ? { value: one, label: one.replaceAll("_", " ") || "any" } : one;
          return (
            <option key={value} value={value}>
              {words}
            </option>
          );
        })}
      </select>
    </div>
  );
}

/** Words to look for; taken on Enter and when the field is left. */
export function TextFilter({ name, label, placeholder = "" }: { name: string; label: string; placeholder?: string }) {
  const id = useId();
  const given = query.value.get(name) ?? "";
  const typed = useSignal(given);
  useEffect(() => {
    typed.value = given;
  }, [given]);
  const take = () => setQuery({ [name]: typed.value.trim() || null });
  return (
    <form
      class="field"
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <Label of={id} text={label} />
      <input
        id={id}
        type="search"
        value={typed.value}
        placeholder={placeholder}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
        }}
        onBlur={take}
      />
    </form>
  );
}

/** A day in UTC, as YYYY-MM-DD. */
export function DayFilter({ name, label }: { name: string; label: string }) {
  const id = useId();
  return (
    <div class="field">
      <Label of={id} text={label} />
      <input
        id={id}
        type="date"
        value={query.value.get(name) ?? ""}
        onChange={(event) => setQuery({ [name]: event.currentTarget.value || null })}
      />
    </div>
  );
}

function Label({ of, text }: { of: string; text: string }) {
  return (
    <label htmlFor={of}>
      <small>{text}</small>
    </label>
  );
}
