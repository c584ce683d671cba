/** Where the canvas is drawn, with the ring of the keyboard and the box of the mouse above it. */
import { effect, type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { many } from "../../ui/numbers";
import { theme } from "../../ui/theme";
import { type Box, listenToMouse } from "./gestures";
import { Renderer } from "./renderer";
import { isWay, walk } from "./walking";
import type { Workspace } from "./workspace";

interface Props {
  work: Workspace;
  renderer: Signal<Renderer | null>;
  expand: (id: string) => void;
}

export function Stage({ work, renderer, expand }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const box = useSignal<Box | null>(null);
  const ring = useSignal<Box | null>(null);
  const failed = useSignal(false);
  useEffect(() => {
    if (!element.current) return;
    let made: Renderer;
    try {
      made = new Renderer(element.current);
    } catch {
      failed.value = true;
      return;
    }
    renderer.value = made;
    listenToMouse(
      { sigma: made.sigma, graph: made.graph, place: (id) => made.place(id) },
      work,
      (to) => (box.value = to),
      expand,
    );
    const stops = keepInStep(made, work, (to) => (ring.value = to));
    return () => {
      for (const stop of stops) stop();
      renderer.value = null;
      made.kill();
    };
  }, []);
  const { nodes, flows } = work.picture.value;
  const at = work.cursor.value === null ? undefined : nodes.get(work.cursor.value);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isWay(event.key)) work.cursor.value = walk(work.picture.peek(), work.cursor.peek(), event.key);
    else if (event.key === " " && work.cursor.peek() !== null) work.turn(work.cursor.peek() ?? "");
    else if (event.key === "Enter" && work.cursor.peek() !== null) work.select([work.cursor.peek() ?? ""]);
    else return;
    event.preventDefault();
  };
  return (
    <div class="stage" data-canvas data-nodes={nodes.size} data-flows={flows.size}>
      {failed.value ? (
        <p class="state">
          This browser cannot draw the canvas (WebGL is off). The table below holds the same and works.
        </p>
      ) : (
        <section
          ref={element}
          class="drawing"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys walk from node to node here
          tabIndex={0}
          aria-label={`Canvas of ${many(nodes.size, "thing")} and ${many(flows.size, "flow")}. Arrow keys walk, Enter selects; the tables below hold the same.`}
          onKeyDown={onKeyDown}
        />
      )}
      {ring.value && at && <span class="ring" data-node={at.key} style={inPixels(ring.value)} />}
      {box.value && <span class="lasso" style={inPixels(box.value)} />}
      <span class="unseen" role="status">
        {at ? `${at.name}, ${at.category ?? "no category"}, ${at.marks.join(", ")}` : ""}
      </span>
    </div>
  );
}

/** What is drawn follows what is there; the ring follows what is drawn. */
function keepInStep(made: Renderer, work: Workspace, show: (ring: Box | null) => void): (() => void)[] {
  const measure = () => {
    const id = work.cursor.peek();
    const at = id === null ? null : made.place(id);
    show(at && { x: at.x - at.size - 5, y: at.y - at.size - 5, width: 2 * at.size + 10, height: 2 * at.size + 10 });
  };
  let fitted = 0;
  const draw = effect(() => {
    made.show(work.picture.value, { nodes: work.selected.value, flow: work.selectedFlow.value });
    if (work.fitted.value !== fitted) made.fit();
    fitted = work.fitted.value;
  });
  const recolour = () => {
    made.reread();
    made.show(work.picture.peek(), { nodes: work.selected.peek(), flow: work.selectedFlow.peek() });
  };
  const themed = effect(() => {
    theme.value;
    // The tokens have changed once the attribute has.
    queueMicrotask(recolour);
  });
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", recolour);
  const follow = effect(() => {
    work.cursor.value;
    measure();
  });
  made.sigma.on("afterRender", measure);
  const sized = new ResizeObserver(() => made.sigma.resize());
  sized.observe(made.sigma.getContainer());
  return [draw, themed, follow, () => scheme.removeEventListener("change", recolour), () => sized.disconnect()];
}

function inPixels({ x, y, width, height }: Box) {
  return { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
}
