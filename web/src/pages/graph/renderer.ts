/** The canvas itself: a picture kept in step with what sigma draws. */
import Graph from "graphology";
import Sigma from "sigma";
import { type Inks, readInks } from "./inks";
import { drawLabel, type Labelled } from "./labels";
import { FlowProgram } from "./lines";
import type { Drawn, DrawnFlow, Picture } from "./picture";
import { ShapeProgram } from "./shapes";
import { magnitude } from "./sums";

/** As many nodes as stand beside each other without crowding. */
const EASY = 60;
/** Of more lines than this none is drawn while the picture moves: without a graphics card they take most of a frame. */
const HEAVY = 1_000;

export interface Chosen {
  nodes: ReadonlySet<string>;
  flow: string | null;
}

export class Renderer {
  readonly graph = new Graph({ type: "directed" });
  readonly sigma: Sigma;
  private inks: Inks = readInks();
  private drawn: Picture | null = null;
  /** Of many, each is drawn smaller. */
  private scale = 1;
  private chosen: Chosen = { nodes: new Set(), flow: null };

  constructor(container: HTMLElement) {
    this.sigma = new Sigma(this.graph, container, {
      allowInvalidContainer: true,
      nodeProgramClasses: { shape: ShapeProgram },
      edgeProgramClasses: { flow: FlowProgram },
      defaultNodeType: "shape",
      defaultEdgeType: "flow",
      enableEdgeEvents: true,
      zIndex: true,
      stagePadding: 60,
      minCameraRatio: 0.02,
      maxCameraRatio: 8,
      minEdgeThickness: 1,
      labelDensity: 1,
      labelGridCellSize: 110,
      labelRenderedSizeThreshold: 0,
      defaultDrawNodeLabel: (context, data) => drawLabel(context, data as typeof data & Labelled, this.inks),
      defaultDrawNodeHover: (context, data) =>
        drawLabel(context, { ...(data as typeof data & Labelled), isStrong: true }, this.inks),
    });
  }

  kill(): void {
    this.sigma.kill();
  }

  reread(): void {
    this.inks = readInks();
    this.drawn = null;
  }

  /** Draw a picture: what is new is added, what has gone is dropped, the rest is brought up to date. */
  show(picture: Picture, chosen: Chosen): void {
    const before = this.chosen;
    this.chosen = chosen;
    if (picture === this.drawn) this.rechoose(picture, before, chosen);
    else this.redraw(picture, chosen);
    this.drawn = picture;
  }

  /** Of the same picture only what is selected now, or was until now, looks different. */
  private rechoose(picture: Picture, before: Chosen, now: Chosen): void {
    const turned = new Set([...before.nodes, ...now.nodes].filter((id) => before.nodes.has(id) !== now.nodes.has(id)));
    for (const id of turned) {
      const one = picture.nodes.get(id);
      if (one) this.graph.mergeNodeAttributes(id, this.look(one, now));
    }
    for (const one of picture.flows.values()) {
      const isTurned =
        turned.has(one.source) || turned.has(one.target) || one.id === before.flow || one.id === now.flow;
      if (isTurned) this.graph.mergeEdgeAttributes(one.id, this.line(one, now));
    }
  }

  private redraw(picture: Picture, chosen: Chosen): void {
    const { graph } = this;
    this.scale = Math.min(1, Math.max(0.3, Math.sqrt(EASY / picture.nodes.size)));
    this.sigma.setSetting("hideEdgesOnMove", picture.flows.size > HEAVY);
    for (const id of graph.edges()) if (!picture.flows.has(id)) graph.dropEdge(id);
    for (const id of graph.nodes()) if (!picture.nodes.has(id)) graph.dropNode(id);
    for (const one of picture.nodes.values()) graph.mergeNode(one.id, this.look(one, chosen));
    for (const one of picture.flows.values()) {
      const line = this.line(one, chosen);
      if (graph.hasEdge(one.id)) graph.mergeEdgeAttributes(one.id, line);
      else graph.addDirectedEdgeWithKey(one.id, one.source, one.target, line);
    }
  }

  /** Bring all of it into view. */
  fit(): void {
    if (this.graph.order === 0) return;
    const xs = this.graph.mapNodes((_, { x }) => Number(x)),
      ys = this.graph.mapNodes((_, { y }) => Number(y));
    // A single row or column is not blown up beyond what reads well.
    const room = 160;
    const x = extent(xs, room),
      y = extent(ys, room);
    // Labels stand right of their nodes.
    this.sigma.setCustomBBox({ x: [x[0], x[1] + (x[1] - x[0]) * 0.12], y });
    this.sigma.getCamera().setState({ x: 0.5, y: 0.5, ratio: 1, angle: 0 });
    this.sigma.refresh();
  }

  zoom(by: number): void {
    const camera = this.sigma.getCamera();
    camera.setState({ ratio: this.sigma.getCamera().getBoundedRatio(camera.getState().ratio * by) });
  }

  /** Where a node is, in pixels from the corner of the canvas; null for one that is not drawn. */
  place(id: string): { x: number; y: number; size: number } | null {
    const data = this.sigma.getNodeDisplayData(id);
    if (!data) return null;
    return { ...this.sigma.framedGraphToViewport(data), size: this.sigma.scaleSize(data.size) };
  }

  /** The canvas as a picture, on paper of the theme, with a line below that says what it is. */
  async toPng(caption: string): Promise<Blob> {
    this.sigma.refresh();
    const { width, height } = this.sigma.getDimensions();
    const scale = window.devicePixelRatio || 1;
    const sheet = document.createElement("canvas");
    sheet.width = width * scale;
    sheet.height = (height + 28) * scale;
    const context = sheet.getContext("2d");
    if (!context) throw new Error("This browser cannot draw a picture.");
    context.fillStyle = this.inks.get("--paper") ?? "";
    context.fillRect(0, 0, sheet.width, sheet.height);
    // What WebGL drew is there until the browser shows the frame: it is copied at once.
    for (const layer of Object.values(this.sigma.getCanvases())) context.drawImage(layer, 0, 0);
    context.scale(scale, scale);
    context.fillStyle = this.inks.get("--soft") ?? "";
    context.font = "12px system-ui, sans-serif";
    context.fillText(caption, 12, height + 18);
    return new Promise((done, fail) =>
      sheet.toBlob((blob) => (blob ? done(blob) : fail(new Error("No picture came of it."))), "image/png"),
    );
  }

  private ink(name: string): string {
    return this.inks.get(name) ?? "";
  }

  private look(one: Drawn, { nodes }: Chosen) {
    const isChosen = nodes.has(one.id);
    return {
      x: one.x,
      y: one.y,
      type: "shape",
      label: one.name,
      size: one.size * this.scale,
      color: this.ink(one.colour),
      shape: one.shape,
      hatched: one.kind === "wallet" && one.category === null,
      ring: isChosen ? this.ink("--link") : this.ink("--ink"),
      ringed: isChosen ? 0.5 : one.pinned ? 0.24 : 0,
      paper: this.ink("--paper"),
      zIndex: isChosen ? 2 : 1,
      forceLabel: isChosen || one.marks.length > 0 || one.changes.length > 0 || one.note !== "",
      marks: [...one.marks, ...one.changes.map((change) => `Δ ${change}`)].join(" · "),
      isPinned: one.pinned,
      isNoted: one.note !== "",
      isStrong: isChosen,
    };
  }

  private line(one: DrawnFlow, { nodes, flow }: Chosen) {
    const isBetween = nodes.has(one.source) && nodes.has(one.target);
    const isChosen = flow === one.id || isBetween;
    const isChanged = one.changes.length > 0;
    return {
      type: "flow",
      size: Math.min(5, 0.7 + 0.45 * magnitude(one.value)) * Math.max(0.5, this.scale),
      color: isChosen ? this.ink("--link") : isChanged ? this.ink("--critical") : this.ink("--line-strong"),
      dashed: one.isDerived,
      zIndex: isChosen ? 2 : 1,
    };
  }
}

function extent(values: readonly number[], room: number): [number, number] {
  let low = Infinity,
    high = -Infinity;
  for (const one of values) {
    low = Math.min(low, one);
    high = Math.max(high, one);
  }
  const missing = Math.max(0, room - (high - low)) / 2;
  return [low - missing, high + missing];
}
