/** What a job was given and what came of it: names and values, those with a page of their own as links. */
import { Copy, shortened, Time } from "../../ui/atoms";
import { counted } from "../../ui/numbers";
import { pathOf } from "../../ui/places";

const AMONG = 2;

/** In a line, for a row of a table. */
export function Arguments({ of }: { of: Record<string, unknown> }) {
  const told = Object.entries(of).filter(([, value]) => value !== null && typeof value !== "object");
  if (told.length === 0) return <span class="quiet">everything</span>;
  return (
    <span class="arguments">
      {told.slice(0, AMONG).map(([name, value]) => (
        <span key={name}>
          <span class="quiet">{name.replaceAll("_", " ")}</span> <Value name={name} of={value} />
        </span>
      ))}
    </span>
  );
}

/** In full, one under the other. */
export function Facts({ of }: { of: Record<string, unknown> }) {
  return (
    <dl class="facts">
      {Object.entries(of).map(([name, value]) => (
        <Fact key={name} name={name} value={value} />
      ))}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name.replaceAll("_", " ")}</dt>
      <dd>
        <Value name={name} of={value} />
      </dd>
    </>
  );
}

function Value({ name, of }: { name: string; of: unknown }) {
  if (of === null || of === undefined) return <span class="quiet">none</span>;
  if (typeof of === "boolean") return <>{of ? "yes" : "no"}</>;
  if (typeof of === "number") return <span class="number">{Number.isInteger(of) ? counted(of) : String(of)}</span>;
  if (typeof of === "string") return <Text name={name} of={of} />;
  if (Array.isArray(of)) return <Items name={name} of={of} />;
  const inner = of as Record<string, unknown>;
  return Object.keys(inner).length === 0 ? <span class="quiet">none</span> : <Facts of={inner} />;
}

function Items({ name, of }: { name: string; of: readonly unknown[] }) {
  if (of.length === 0) return <span class="quiet">none</span>;
  return (
    <ul class="plain">
      {of.map((one, place) => (
        <li key={place}>
          <Value name={name.replace(/s$/, "")} of={one} />
        </li>
      ))}
    </ul>
  );
}

function Text({ name, of }: { name: string; of: string }) {
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(of)) return <Time at={of} />;
  const place = pathOf(name === "before" ? "run" : name, of);
  const isLong = of.length > 24 && !of.includes(" ");
  const shown = isLong ? shortened(of, 8, 6) : of;
  return (
    <span class="key">
      {place ? (
        <a href={place} title={of}>
          {shown}
        </a>
      ) : (
        <span title={of}>{shown}</span>
      )}
      {isLong && <Copy text={of} />}
    </span>
  );
}
