/** How to read the canvas: what shapes, colours and lines mean. */
import { Box } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { counted } from "../../ui/numbers";
import type { Workspace } from "./workspace";

const SHAPES = [
  ["circle", "wallet", "M8 1a7 7 0 1 0 .01 0z"],
  ["square", "service", "M2 2h12v12h-12z"],
  ["diamond", "illicit", "M8 0l8 8-8 8-8-8z"],
  ["hexagon", "folded wallets", "M4 1h8l4 7-4 7h-8l-4-7z"],
  ["small", "transaction", "M5 5h6v6h-6z"],
] as const;

export function Legend({ work }: { work: Workspace }) {
  const { nodes } = work.picture.value;
  const counts = new Map<string, number>();
  let unknown = 0;
  for (const one of nodes.values()) {
    if (one.category) counts.set(one.category, (counts.get(one.category) ?? 0) + 1);
    else if (one.kind === "wallet") unknown += 1;
  }
  return (
    <Box title="How to read it">
      <div class="inside">
        <ul class="legend">
          {SHAPES.map(([name, means, path]) => (
            <li key={name}>
              <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
                <path d={path} fill="currentColor" />
              </svg>
              {means}
            </li>
          ))}
        </ul>
        <ul class="legend">
          {[...counts]
            .sort(([, a], [, b]) => b - a)
            .map(([name, count]) => (
              <li key={name}>
                <Category name={name} /> {counted(count)}
              </li>
            ))}
          {unknown > 0 && (
            <li>
              <span class="swatch hatched" /> no category known {counted(unknown)}
            </li>
          )}
        </ul>
        <ul class="legend lines">
          <li>
            <svg width="36" height="12" viewBox="0 0 36 12" aria-hidden="true">
              <path d="M0 6h28" stroke="currentColor" stroke-width="2" stroke-dasharray="6 4" />
              <path d="M28 2l7 4-7 4z" fill="currentColor" />
            </svg>
            derived flow: all that moved between two wallets
          </li>
          <li>
            <svg width="36" height="12" viewBox="0 0 36 12" aria-hidden="true">
              <path d="M0 6h28" stroke="currentColor" stroke-width="2" />
              <path d="M28 2l7 4-7 4z" fill="currentColor" />
            </svg>
            movement of one transaction
          </li>
        </ul>
        <p class="quiet">
          Size and width grow with the logarithm of value. A ring: pinned. Δ: changed since it was saved. Click selects,
          Shift adds, Shift and drag takes a box, a double click expands, dragging moves.
        </p>
      </div>
    </Box>
  );
}
