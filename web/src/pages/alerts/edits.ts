/** What people make of alerts, many at once, each with ten seconds to take it back. */
import { answered, api, type Schemas } from "../../api/client";
import { many } from "../../ui/numbers";
import { tell, tellFailure } from "../../ui/toasts";

export type Alert = Schemas["AlertView"];
/** What is to change; what is absent stays. */
export type Change = Partial<Schemas["AlertEdit"]>;
type Edited = Schemas["EditedView"];

const DONE: Record<string, string> = {
  acknowledged: "acknowledged",
  resolved: "resolved",
  dismissed: "dismissed",
  open: "opened again",
};

export function isOpen(alert: Alert): boolean {
  return alert.status === "open" || alert.status === "acknowledged";
}

/**
 * Make one change of alerts and say what came of it. Returns those that were changed, as they are now.
 * One that `read` has an ETag of is left as it is where somebody has changed it since it was read.
 */
export async function edit(
  alerts: readonly Alert[],
  change: Change,
  then: () => void,
  read: Record<string, string> = {},
): Promise<Alert[]> {
  try {
    const edited = await send(
      alerts.map((one) => one.id),
      change,
      read,
    );
    const done = edited.filter((one) => one.alert !== null);
    const words = change.status ? DONE[change.status] : "assigned";
    // What was closed and is opened again is closed by its own words, not by undoing.
    const undo = alerts.every(isOpen) ? () => takeBack(alerts, done).then(then) : undefined;
    if (done.length > 0) tell(`${many(done.length, "alert")} ${words}.`, undo);
    for (const one of edited) {
      if (one.problem) tellFailure(new Error(`${one.id}: ${one.problem.detail}`));
    }
    then();
    return done.flatMap((one) => (one.alert ? [one.alert] : []));
  } catch (error) {
    tellFailure(error);
    return [];
  }
}

async function send(ids: readonly string[], change: Change, etags: Record<string, string> = {}): Promise<Edited[]> {
  const body = { alerts: [...ids], change: { reason: null, ...change }, etags };
  return (await answered(api.POST("/api/v1/alerts/bulk", { body }))).items;
}

/** Put alerts back as they were, unless somebody else has changed them since. */
async function takeBack(before: readonly Alert[], done: readonly Edited[]): Promise<void> {
  let etags = etagsOf(done);
  for (const [change, ids] of steps(before, done)) {
    const edited = await send(ids, change, etags);
    const failed = edited.find((one) => one.problem);
    if (failed?.problem) throw new Error(failed.problem.detail);
    etags = { ...etags, ...etagsOf(edited) };
  }
}

function etagsOf(edited: readonly Edited[]): Record<string, string> {
  return Object.fromEntries(edited.flatMap((one) => (one.etag ? [[one.id, one.etag]] : [])));
}

/** The edits that lead back: what is closed is opened first, whatever it was. */
function steps(before: readonly Alert[], done: readonly Edited[]): [Change, string[]][] {
  const now = new Map(done.map((one) => [one.id, one.alert]));
  const found = new Map<string, [Change, string[]]>();
  const add = (change: Change, id: string) => {
    const name = JSON.stringify(change);
    found.set(name, [change, [...(found.get(name)?.[1] ?? []), id]]);
  };
  for (const one of before) {
    const after = now.get(one.id);
    if (!after) continue;
    if (after.status !== one.status) add({ status: "open" }, one.id);
    if (after.assignee !== one.assignee) add({ assignee: one.assignee }, one.id);
    if (after.status !== one.status && one.status === "acknowledged") add({ status: "acknowledged" }, one.id);
  }
  return [...found.values()];
}
