/** The canvas with its tools, what is selected beside it, and all of it as tables below. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { currency } from "../../session/about";
import { mayWork } from "../../session/me";
import { Time } from "../../ui/atoms";
import { type Shortcut, useKeys } from "../../ui/keys";
import { many } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { tell, tellFailure } from "../../ui/toasts";
import type { Home } from "./beginning";
import { showHidden, turnPins } from "./changes";
import { DEFAULTS, type Filters, wantedOf } from "./filters";
import { Find } from "./find";
import { NoteDialog } from "./note";
import { Panel } from "./panel";
import type { Renderer } from "./renderer";
import { SaveDialog } from "./save";
import { saveCanvas } from "./saving";
import { Stage } from "./stage";
import { Tables } from "./tables";
import { Tools } from "./tools";
import type { Workspace } from "./workspace";

interface Props {
  work: Workspace;
  home: Signal<Home | null>;
  title: string;
  kind: "case" | "alert" | "wallet" | "tx";
  /** The alert, wallet or transaction it began with; null for a case. */
  subject: string | null;
}

export function Desk({ work, home, title, kind, subject }: Props) {
  const renderer = useSignal<Renderer | null>(null);
  const filters = useSignal<Filters>(DEFAULTS);
  const noting = useSignal<string | null>(null);
  const isSaving = useSignal(false);
  const isFinding = useSignal(false);
  const saved = useSignal(work.history.canvas.peek());
  const isChanged = work.history.canvas.value !== saved.value;
  useLeaveGuard(isChanged);

  const expand = (id: string) => {
    const wanted = wantedOf(id, filters.peek());
    if (work.history.canvas.peek().nodes.get(id)?.kind === "wallet") void work.expand(wanted);
    else work.collapse(id);
  };
  const save = async () => {
    if (!home.peek()) {
      isSaving.value = true;
      return;
    }
    const canvas = work.history.canvas.peek();
    try {
      const before = home.peek();
      if (before) home.value = await saveCanvas(work, before);
      saved.value = canvas;
      tell("The canvas is saved with the case.");
    } catch (error) {
      tellFailure(error);
    }
  };
  const pin = () => {
    const ids = work.chosen;
    if (ids.length) work.apply(`pins of ${many(ids.length, "thing")}`, turnPins(work.canvas, ids));
  };
  const path = () => {
    const [one, other, ...more] = work.chosen;
    if (one && other && more.length === 0) void work.paths(one, other);
    else tell("Select two wallets to trace the money between them.");
  };
  const note = () => {
    const [one] = work.chosen;
    if (one) noting.value = one;
  };
  const only = (act: (id: string) => void) => () => {
    for (const id of work.selected.peek()) act(id);
  };
  const acts = {
    undo: () => void work.undo(),
    redo: () => void work.redo(),
    expand: only(expand),
    collapse: only((id) => work.collapse(id)),
    hide: () => work.hide([...work.selected.peek()]),
    show: () => work.apply("showed all that was hidden", showHidden(work.canvas)),
    pin,
    note,
    path,
    save: () => void save(),
    find: () => (isFinding.value = true),
    time: () => void work.layOut("time"),
    force: () => void work.layOut("force"),
    fit: () => renderer.peek()?.fit(),
    zoom: (by: number) => renderer.peek()?.zoom(by),
  };
  useKeys(shortcutsOf(acts, work), []);

  return (
    <div class="desk">
      <PageHead
        title={title}
        beside={<Standing work={work} home={home.value} isChanged={isChanged} />}
        actions={
          mayWork() && (
            <button type="button" class="main" onClick={acts.save} disabled={home.value !== null && !isChanged}>
              {home.value ? "Save" : "Save with a case…"} <kbd>S</kbd>
            </button>
          )
        }
      />
      <Tools work={work} acts={acts} renderer={renderer} />
      {isFinding.value && <Find work={work} close={() => (isFinding.value = false)} />}
      <Notices work={work} home={home.value} />
      <div class="bench">
        <Stage work={work} renderer={renderer} expand={expand} />
        <Panel work={work} filters={filters} acts={acts} expand={expand} />
      </div>
      <Tables work={work} expand={expand} />
      {noting.value !== null && <NoteDialog work={work} id={noting.value} close={() => (noting.value = null)} />}
      {isSaving.value && (
        <SaveDialog
          work={work}
          alert={kind === "alert" ? subject : null}
          leaving={() => (saved.value = work.history.canvas.peek())}
          close={() => (isSaving.value = false)}
        />
      )}
    </div>
  );
}

export interface Acts {
  undo: () => void;
  redo: () => void;
  expand: () => void;
  collapse: () => void;
  hide: () => void;
  show: () => void;
  pin: () => void;
  note: () => void;
  path: () => void;
  save: () => void;
  find: () => void;
  time: () => void;
  force: () => void;
  fit: () => void;
  zoom: (by: number) => void;
}

function shortcutsOf(acts: Acts, work: Workspace): Shortcut[] {
  return [
    { key: "/", does: "search in the canvas", run: acts.find },
    { key: "z", does: "undo the latest change of the canvas", run: acts.undo },
    { key: "shift+z", does: "do again what was undone", run: acts.redo },
    { key: "e", does: "expand what is selected, with the filters at the side", run: acts.expand },
    { key: "c", does: "fold what hangs only on the wallet selected, or unfold it", run: acts.collapse },
    { key: "h", does: "hide what is selected", run: acts.hide },
    { key: "p", does: "pin what is selected, or let it go", run: acts.pin },
    { key: "n", does: "write a note on the node selected", run: acts.note },
    { key: "t", does: "trace the money between two selected wallets", run: acts.path },
    { key: "l", does: "lay out by time", run: acts.time },
    { key: "shift+l", does: "lay out by force", run: acts.force },
    { key: "f", does: "fit all into view", run: acts.fit },
    { key: "s", does: "save with the case", run: acts.save },
    { key: "Escape", does: "select nothing", run: () => work.selectFlow(null) },
  ];
}

function Standing({ work, home, isChanged }: { work: Workspace; home: Home | null; isChanged: boolean }) {
  const { nodes, flows, hidden } = work.picture.value;
  return (
    <span class="quiet row">
      <span>
        {many(nodes.size, "node")} · {many(flows.size, "flow")}
        {hidden > 0 && ` · ${hidden} hidden`} · values in {currency()} at #{work.book.facts.value.watermark}
      </span>
      {home && (
        <a href={`/cases/${home.case.id}`}>
          {home.case.title}
          {home.savedAt === null ? ", never saved" : isChanged ? ", changes not saved" : ", saved"}
        </a>
      )}
    </span>
  );
}

/** What is not whole, and what has changed since the canvas was saved. */
function Notices({ work, home }: { work: Workspace; home: Home | null }) {
  const { nodes, flows } = work.picture.value;
  const wallets = [...nodes.values()].filter((one) => one.changes.length > 0).length;
  const changed = [...flows.values()].filter((one) => one.changes.length > 0);
  return (
    <>
      {work.partial.value.map((what) => (
        <p key={what} class="notice row">
          {what}
          <button
            type="button"
            class="bare"
            onClick={() => (work.partial.value = work.partial.peek().filter((one) => one !== what))}
          >
            Dismiss
          </button>
        </p>
      ))}
      {home?.savedAt && wallets + changed.length > 0 && work.before.value && (
        <p class="notice">
          Since it was saved at <Time at={home.savedAt} /> by {home.savedBy}: {many(changed.length, "flow")} and{" "}
          {many(wallets, "wallet")} changed, marked Δ.
        </p>
      )}
    </>
  );
}

/** The browser asks before it leaves a canvas that was changed and belongs to a case. */
function useLeaveGuard(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isChanged]);
}
