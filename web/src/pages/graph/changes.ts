/** Every change of a canvas as a function from one to the next; nothing is changed in place, so that all can be undone. */
import { type Canvas, type Expansion, isDrawn, type Layout, MOST_NODES, nodeId, type Placed } from "./model";

export interface Place {
  readonly x: number;
  readonly y: number;
}

function edited(canvas: Canvas, ids: Iterable<string>, edit: (one: Placed) => Placed): Canvas {
  const nodes = new Map(canvas.nodes);
  for (const id of ids) {
    const found = nodes.get(id);
    if (found) nodes.set(id, edit(found));
  }
  return { ...canvas, nodes };
}

/** Put things in; those there already stay where they are and are shown again. As many as there is room for. */
export function add(canvas: Canvas, things: readonly Placed[]): Canvas {
  const nodes = new Map(canvas.nodes);
  for (const one of things) {
    const id = nodeId(one.kind, one.key);
    const found = nodes.get(id);
    if (found) nodes.set(id, { ...found, hidden: false, foldedInto: null });
    else if (nodes.size < MOST_NODES) nodes.set(id, one);
  }
  return { ...canvas, nodes };
}

export function remember(canvas: Canvas, expansion: Expansion): Canvas {
  return { ...canvas, expansions: [...canvas.expansions, expansion] };
}

export function hide(canvas: Canvas, ids: Iterable<string>): Canvas {
  return edited(canvas, ids, (one) => ({ ...one, hidden: true }));
}

export function showHidden(canvas: Canvas): Canvas {
  return edited(canvas, canvas.nodes.keys(), (one) => (one.hidden ? { ...one, hidden: false } : one));
}

/** Pin those given, or let them go where all of them are pinned. */
export function turnPins(canvas: Canvas, ids: readonly string[]): Canvas {
  const isAll = ids.every((id) => canvas.nodes.get(id)?.pinned);
  return edited(canvas, ids, (one) => ({ ...one, pinned: !isAll }));
}

export function annotate(canvas: Canvas, id: string, note: string): Canvas {
  return edited(canvas, [id], (one) => ({ ...one, note }));
}

export function move(canvas: Canvas, places: ReadonlyMap<string, Place>): Canvas {
  return edited(canvas, places.keys(), (one) => {
    const to = places.get(nodeId(one.kind, one.key));
    return to ? { ...one, x: to.x, y: to.y } : one;
  });
}

/** Give all that is not pinned its place of a layout. */
export function arrange(canvas: Canvas, layout: Layout, places: ReadonlyMap<string, Place>): Canvas {
  const free = new Map([...places].filter(([id]) => !canvas.nodes.get(id)?.pinned));
  return { ...move(canvas, free), layout };
}

/** Fold wallets away under their owner. */
export function fold(canvas: Canvas, owner: string, ids: Iterable<string>): Canvas {
  return edited(canvas, ids, (one) => ({ ...one, foldedInto: owner }));
}

export function unfold(canvas: Canvas, owner: string): Canvas {
  const inside = [...canvas.nodes].filter(([, one]) => one.foldedInto === owner).map(([id]) => id);
  return edited(canvas, inside, (one) => ({ ...one, foldedInto: null }));
}

/** What a wallet can fold away: neighbours that touch nothing else here and that nobody has pinned or noted. */
export function leaves(canvas: Canvas, owner: string, neighbours: (id: string) => Iterable<string>): string[] {
  const isLeaf = (id: string) => {
    const one = canvas.nodes.get(id);
    if (!one || !isDrawn(one) || one.pinned || one.note || one.kind !== "wallet") return false;
    return [...neighbours(id)].every((other) => other === owner);
  };
  return [...neighbours(owner)].filter(isLeaf);
}

/** Two canvases as one: where both have a thing, `over` says where it is and what is noted. */
export function merged(under: Canvas, over: Canvas): Canvas {
  const nodes = new Map([...under.nodes, ...over.nodes]);
  return { nodes, expansions: [...under.expansions, ...over.expansions], layout: over.layout };
}

/** Whether anything is added, gone or in another place. */
export function isElsewhere(one: Canvas, other: Canvas): boolean {
  if (one.nodes.size !== other.nodes.size) return true;
  return [...one.nodes].some(([id, at]) => {
    const there = other.nodes.get(id);
    return there?.x !== at.x || there.y !== at.y;
  });
}
