/** Arrow keys on the canvas: to the neighbour that lies that way, else to the nearest thing that does. */
import type { Picture } from "./picture";

type Way = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

const WAYS: Record<Way, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export function isWay(key: string): key is Way {
  return key in WAYS;
}

/** Where an arrow key leads from a node; from nowhere to the first. */
export function walk(picture: Picture, from: string | null, way: Way): string | null {
  const here = from === null ? undefined : picture.nodes.get(from);
  if (!here) return picture.nodes.keys().next().value ?? null;
  const [dx, dy] = WAYS[way];
  const near = picture.neighbours.get(here.id) ?? new Set<string>();
  let best: string | null = null,
    least = Infinity;
  for (const one of picture.nodes.values()) {
    const x = one.x - here.x,
      y = one.y - here.y;
    const ahead = x * dx + y * dy,
      aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (one.id === here.id || ahead <= 0 || aside > ahead * 3) continue;
    const cost = (ahead + 2 * aside) * (near.has(one.id) ? 1 : 4);
    if (cost < least) [best, least] = [one.id, cost];
  }
  return best;
}
