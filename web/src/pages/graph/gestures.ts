/** What the mouse does on the canvas: click selects, Shift adds, Shift and drag draws a box, drag moves a node. */
import type { MouseCoords } from "sigma/types";
import type { Place } from "./changes";
import { move } from "./changes";
import type { Renderer } from "./renderer";
import type { Workspace } from "./workspace";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Listen until the renderer is killed; `showBox` is told of the box while it is drawn. */
export function listenToMouse(
  { sigma, graph, place }: Pick<Renderer, "sigma" | "graph"> & { place: Renderer["place"] },
  work: Workspace,
  showBox: (box: Box | null) => void,
  expand: (id: string) => void,
): void {
  let dragged: { ids: string[]; from: Place; hasMoved: boolean } | null = null;
  let corner: Place | null = null;
  let box: Box | null = null;
  let justDrawn = false;

  sigma.on("clickNode", ({ node, event }) => {
    if (isShift(event)) work.turn(node);
    else work.select([node]);
    work.cursor.value = node;
  });
  sigma.on("clickEdge", ({ edge }) => work.selectFlow(edge));
  sigma.on("clickStage", () => {
    if (!justDrawn) work.selectFlow(null);
    justDrawn = false;
  });
  sigma.on("doubleClickNode", ({ node, preventSigmaDefault }) => {
    preventSigmaDefault();
    expand(node);
  });
  sigma.on("downNode", ({ node, event }) => {
    if (isShift(event) || !work.history.canvas.peek().nodes.has(node)) return;
    const chosen = work.selected.peek();
    const ids = chosen.has(node) ? [...chosen].filter((id) => work.history.canvas.peek().nodes.has(id)) : [node];
    dragged = { ids, from: sigma.viewportToGraph(event), hasMoved: false };
  });
  sigma.on("downStage", ({ event }) => {
    justDrawn = false;
    if (isShift(event)) corner = { x: event.x, y: event.y };
  });
  sigma.on("moveBody", ({ event }) => {
    if (!dragged && !corner) return;
    event.preventSigmaDefault();
    event.original.preventDefault();
    if (corner) {
      box = between(corner, event);
      showBox(box);
    } else if (dragged) {
      const to = sigma.viewportToGraph(event);
      for (const id of dragged.ids) {
        graph.updateNodeAttribute(id, "x", (x) => Number(x) + to.x - (dragged?.from.x ?? 0));
        graph.updateNodeAttribute(id, "y", (y) => Number(y) + to.y - (dragged?.from.y ?? 0));
      }
      dragged = { ...dragged, from: to, hasMoved: true };
    }
  });
  const end = () => {
    if (dragged?.hasMoved) work.apply("moved", move(work.history.canvas.peek(), placesOf(dragged.ids)));
    if (corner && box) {
      justDrawn = true;
      const inside = graph.nodes().filter((id) => contains(box, place(id)));
      work.select([...work.selected.peek(), ...inside]);
    }
    dragged = corner = box = null;
    showBox(null);
  };
  const placesOf = (ids: readonly string[]) =>
    new Map(
      ids.map((id) => [id, { x: Number(graph.getNodeAttribute(id, "x")), y: Number(graph.getNodeAttribute(id, "y")) }]),
    );
  sigma.getMouseCaptor().on("mouseup", end);
}

function isShift(event: MouseCoords): boolean {
  return event.original instanceof MouseEvent && event.original.shiftKey;
}

function between(a: Place, b: Place): Box {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

function contains(box: Box | null, at: Place | null): boolean {
  if (!box || !at) return false;
  return at.x >= box.x && at.y >= box.y && at.x <= box.x + box.width && at.y <= box.y + box.height;
}
