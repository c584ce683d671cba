/** What to bring from a wallet: who paid or was paid, of which category, how much, when, and how many. */
import { type Signal, useComputed } from "@preact/signals";
import { about, currency } from "../../session/about";
import { many } from "../../ui/numbers";
import type { Filters } from "./filters";
import type { Expansion } from "./model";
import type { Workspace } from "./workspace";

interface Props {
  work: Workspace;
  wallet: string;
  filters: Signal<Filters>;
  expand: (id: string) => void;
}

export function ExpandForm({ work, wallet, filters, expand }: Props) {
  const asked = useComputed(() => work.history.canvas.value.expansions);
  const latest = asked.value.filter((one) => one.wallet === wallet).at(-1);
  const submit = (event: Event) => {
    event.preventDefault();
    expand(wallet);
  };
  const categories = about.value?.categories.map((one) => one.name) ?? [];
  return (
    <form class="expand" aria-label="Expand" onSubmit={submit}>
      <h3>Bring counterparties</h3>
      <Choice
        label="Direction"
        name="direction"
        filters={filters}
        options={[
          ["", "both ways"],
          ["source", "who paid it"],
          ["destination", "whom it paid"],
        ]}
      />
      <Choice
        label="Category"
        name="category"
        filters={filters}
        options={[
          ["", "any"],
          ["none", "none known"],
          ...categories.map((one) => [one, one.replaceAll("_", " ")] as const),
        ]}
      />
      <Entry
        label={`At least, ${currency()}`}
        name="least"
        filters={filters}
        pattern="[0-9]+([.][0-9]+)?"
        mode="decimal"
      />
      <Entry label="How many, at most 500" name="limit" filters={filters} pattern="[0-9]+" mode="numeric" />
      <Entry label="Moved from, UTC" name="from" filters={filters} type="date" />
      <Entry label="until, UTC" name="to" filters={filters} type="date" />
      <button type="submit" class="main" disabled={work.busy.value !== null}>
        Expand <kbd>E</kbd>
      </button>
      {latest && <p class="quiet">{told(latest)}</p>}
    </form>
  );
}

/** What the latest question brought, and what it left out. */
function told({ shown, matching, total }: Expansion): string {
  const left = matching - shown;
  const all = `${many(shown, "counterparty", "counterparties")} brought of ${matching} as asked for, ${total} in all`;
  return left > 0 ? `${all}; ${left} of lesser value left out` : all;
}

interface Part {
  label: string;
  name: keyof Filters;
  filters: Signal<Filters>;
}

function Choice({ label, name, filters, options }: Part & { options: readonly (readonly [string, string])[] }) {
  return (
    <label class="field">
      <small>{label}</small>
      <select
        value={filters.value[name]}
        onChange={(event) => (filters.value = { ...filters.peek(), [name]: event.currentTarget.value })}
      >
        {options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

interface EntryProps extends Part {
  type?: "text" | "date";
  pattern?: string;
  mode?: "decimal" | "numeric";
}

function Entry({ label, name, filters, type = "text", pattern, mode }: EntryProps) {
  return (
    <label class="field">
      <small>{label}</small>
      <input
        {...({ type } as { type: "text" })}
        value={filters.value[name]}
        autoComplete="off"
        {...(pattern ? { pattern } : {})}
        {...(mode ? { inputMode: mode } : {})}
        onInput={(event) => (filters.value = { ...filters.peek(), [name]: event.currentTarget.value })}
      />
    </label>
  );
}
