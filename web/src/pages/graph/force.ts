/** Layout by force, a slice of work per frame so that the page stays at hand; the same canvas always ends the same. */
import Graph from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";
import type { Place } from "./changes";
import type { Picture } from "./picture";
import { magnitude } from "./sums";

const ROUNDS = 240,
  SLICE_MS = 12;

/** Places by force; null if it was called off. What is pinned stays. */
export async function byForce(picture: Picture, signal: AbortSignal): Promise<Map<string, Place> | null> {
  const graph = new Graph({ type: "directed" });
  let at = 0;
  for (const one of [...picture.nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    // Equal places would never come apart; a spiral is as good as chance and always the same.
    const turn = at++ * 2.4;
    const out = 8 * Math.sqrt(at);
    const begin = one.pinned ? one : { x: Math.cos(turn) * out, y: Math.sin(turn) * out };
    graph.addNode(one.id, { x: begin.x, y: begin.y, size: one.size, fixed: one.pinned });
  }
  for (const one of picture.flows.values())
    graph.mergeEdge(one.source, one.target, { weight: 1 + magnitude(one.value) / 4 });
  const settings = {
    ...forceAtlas2.inferSettings(graph),
    barnesHutOptimize: graph.order > 300,
    gravity: 0.6,
    strongGravityMode: false,
    scalingRatio: 120,
    adjustSizes: false,
  };
  for (let done = 0; done < ROUNDS;) {
    const until = performance.now() + SLICE_MS;
    // How many rounds fit into a slice may differ, not how many there are.
    while (done < ROUNDS && performance.now() < until) {
      forceAtlas2.assign(graph, { iterations: 1, settings });
      done += 1;
    }
    await new Promise(requestAnimationFrame);
    if (signal.aborted) return null;
  }
  return new Map(graph.mapNodes((id, { x, y }) => [id, { x: Number(x), y: Number(y) }]));
}
