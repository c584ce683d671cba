/** What can be done to the canvas, each with its key. */
import type { Signal } from "@preact/signals";
import { save } from "../../api/files";
import { currency } from "../../session/about";
import { tellFailure } from "../../ui/toasts";
import type { Acts } from "./desk";
import { asCsv, asJson } from "./exporting";
import type { Renderer } from "./renderer";
import type { Workspace } from "./workspace";

export function Tools({ work, acts, renderer }: { work: Workspace; acts: Acts; renderer: Signal<Renderer | null> }) {
  const { undoable, redoable } = work.history;
  const { hidden } = work.picture.value;
  return (
    <div class="tools" role="toolbar" aria-label="Canvas">
      <span>
        <Tool name="Undo" letter="Z" run={acts.undo} isOff={undoable.value === null} title={undoable.value} />
        <Tool name="Redo" letter="⇧Z" run={acts.redo} isOff={redoable.value === null} title={redoable.value} />
      </span>
      <span>
        <Tool name="By time" letter="L" run={acts.time} isOn={work.canvas.layout === "time"} />
        <Tool name="By force" letter="⇧L" run={acts.force} isOn={work.canvas.layout === "force"} />
        <Tool name="Fit" letter="F" run={acts.fit} />
        <Tool name="Closer" letter="+" run={() => acts.zoom(0.75)} />
        <Tool name="Farther" letter="−" run={() => acts.zoom(1.33)} />
      </span>
      <span>
        <Tool name="Search" letter="/" run={acts.find} />
        {hidden > 0 && <Tool name={`Show ${hidden} hidden`} run={acts.show} />}
      </span>
      <Exports work={work} renderer={renderer} />
      {work.busy.value && (
        <span class="quiet" role="status">
          {work.busy.value} …
        </span>
      )}
    </div>
  );
}

interface ToolProps {
  name: string;
  letter?: string;
  run: () => void;
  isOff?: boolean;
  isOn?: boolean;
  title?: string | null;
}

export function Tool({ name, letter, run, isOff = false, isOn, title }: ToolProps) {
  return (
    <button
      type="button"
      onClick={run}
      disabled={isOff}
      title={title ?? name}
      {...(isOn === undefined ? {} : { "aria-pressed": isOn })}
    >
      {name} {letter && <kbd>{letter}</kbd>}
    </button>
  );
}

function Exports({ work, renderer }: { work: Workspace; renderer: Signal<Renderer | null> }) {
  const stamp = () => new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const png = async () => {
    const { nodes, flows } = work.picture.peek();
    const at = new Date().toISOString().slice(0, 19).replace("T", " ");
    const caption = `Headwater · ${at} UTC · ${nodes.size} nodes, ${flows.size} flows · values in ${currency()} · dashed: derived flow`;
    try {
      const blob = await renderer.peek()?.toPng(caption);
      if (blob) save(blob, `graph-${stamp()}.png`);
    } catch (error) {
      tellFailure(error);
    }
  };
  const text = (content: string, type: string, ending: string) =>
    save(new Blob([content], { type }), `graph-${stamp()}.${ending}`);
  return (
    <span>
      <Tool
        name="PNG"
        run={() => void png()}
        title="Save what is in view as a picture"
        isOff={renderer.value === null}
      />
      <Tool
        name="CSV"
        run={() => text(asCsv(work.picture.peek()), "text/csv", "csv")}
        title="Save the flows shown as a table"
      />
      <Tool
        name="JSON"
        run={() => text(asJson(work), "application/json", "json")}
        title="Save the canvas with what it shows"
      />
    </span>
  );
}
