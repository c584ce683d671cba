/** A bar that adds up to 100 %, with its legend; what is not known is hatched. */
import { percent } from "./numbers";

export interface Segment {
  name: string;
  /** In [0, 1]. */
  share: number;
  /** The custom property of its colour; without one it is hatched. */
  colour?: string;
  /** What a click does: list what stands behind it. */
  open?: () => void;
  title?: string;
}

export function Bar({ segments, label }: { segments: readonly Segment[]; label: string }) {
  const shown = segments.filter((one) => one.share > 0);
  return (
    <figure class="form" aria-label={label}>
      <div class="bar" aria-hidden="true">
        {shown.map((one) => (
          <span
            key={one.name}
            class={one.colour ? "" : "hatched"}
            title={`${one.name} ${percent(one.share)}`}
            style={{ flexGrow: one.share, ...(one.colour ? { background: `var(${one.colour})` } : {}) }}
          />
        ))}
      </div>
      <ul class="legend">
        {shown.map((one) => (
          <li key={one.name} title={one.title ?? String(one.share)}>
            <span
              class={one.colour ? "swatch" : "swatch hatched"}
              style={one.colour ? { background: `var(${one.colour})` } : {}}
            />
            {one.open ? (
              <button type="button" class="bare" onClick={one.open}>
                {one.name}
              </button>
            ) : (
              one.name
            )}{" "}
            <strong>{percent(one.share)}</strong>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** A value in [0, 1] as a bar beside its number. */
export function Meter({ value, colour }: { value: number; colour?: string }) {
  const width = `${Math.round(value * 1000) / 10}%`;
  return (
    <span class="meter" aria-hidden="true">
      <span style={{ width, ...(colour ? { background: `var(${colour})` } : {}) }} />
    </span>
  );
}
