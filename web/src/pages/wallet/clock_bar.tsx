/** How far to follow, and as of when: set here, kept in the address. */
import { useSignal } from "@preact/signals";
import { setQuery } from "../../router";
import { Time } from "../../ui/atoms";
import { Field } from "../../ui/fields";
import { clockNow, HOPS, here, isPast } from "./clock";

export function ClockBar({ withHops = true }: { withHops?: boolean }) {
  const clock = clockNow();
  return (
    <div class="form">
      <div class="filters">
        {withHops && (
          <fieldset class="choice">
            <legend>Hops followed</legend>
            {HOPS.map((one) => (
              <a
                key={one}
                href={here({ hops: String(one) })}
                aria-label={`${one} hop${one === 1 ? "" : "s"}`}
                {...(one === clock.hops ? { "aria-current": "true" as const } : {})}
              >
                {one}
              </a>
            ))}
          </fieldset>
        )}
        <Times key={`${clock.as_of} ${clock.known_at}`} />
      </div>
      {isPast(clock) && <Past />}
    </div>
  );
}

function Times() {
  const clock = clockNow();
  const as_of = useSignal(field(clock.as_of));
  const known_at = useSignal(field(clock.known_at));
  const go = (event: Event) => {
    event.preventDefault();
    setQuery({ as_of: instant(as_of.value), known_at: instant(known_at.value) });
  };
  return (
    <details class="travel" open={isPast(clock)}>
      <summary>Another time</summary>
      <form class="filters" aria-label="Another time" onSubmit={go}>
        <Field label="Money that had moved by (UTC)" value={as_of} type="datetime-local" />
        <Field label="What was known by (UTC)" value={known_at} type="datetime-local" />
        <button type="submit">Show</button>
      </form>
    </details>
  );
}

function Past() {
  const { as_of, known_at } = clockNow();
  return (
    <p class="notice row">
      <span>
        As it was
        {as_of && (
          <>
            {" "}
            with the money that had moved by <Time at={as_of} />
          </>
        )}
        {known_at && (
          <>
            {" "}
            with what was known by <Time at={known_at} />
          </>
        )}
        .
      </span>
      <a href={here({ as_of: null, known_at: null })}>Back to now</a>
    </p>
  );
}

/** What the browser's field holds: a time without a zone, which is UTC here. */
function field(instant: string | null): string {
  const at = instant ? new Date(instant) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString().slice(0, 16) : "";
}

function instant(field: string): string | null {
  return field ? `${field.length === 16 ? `${field}:00` : field}Z` : null;
}
