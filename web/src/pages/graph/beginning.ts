/** What a canvas begins with: the answer about an alert, a wallet, a transaction or a case, not everything. */
import { answered, api, type Schemas, whole } from "../../api/client";
import { currency } from "../../session/about";
import { add, arrange } from "./changes";
import { movements } from "./facts";
import { type Canvas, EMPTY, nodeId, type Placed, placed } from "./model";
import { byTime } from "./places";
import { askTransaction, draw, expand, walletsOfAlert } from "./questions";
import { Before } from "./since";
import type { Workspace } from "./workspace";

const MOST_ALERTS = 5;
const FIRST = 25;

/** The case that a canvas belongs to, and the version of it that was read. */
export interface Home {
  case: Schemas["CaseDetail"];
  etag: string;
  savedBy: string | null;
  savedAt: string | null;
}

export async function beginWithWallets(work: Workspace, wallets: readonly string[]): Promise<void> {
  if (wallets.length) work.book.take(await draw(wallets));
  settle(
    work,
    add(
      EMPTY,
      wallets.map((key) => placed("wallet", key, 0, 0)),
    ),
  );
}

export async function beginWithAlert(work: Workspace, alert: string): Promise<void> {
  const { wallets, isTruncated } = await walletsOfAlert(alert);
  if (isTruncated) work.incomplete("The explanation of the alert was cut: some wallets or flows are left out.");
  await beginWithWallets(work, wallets);
}

export async function beginWithWallet(work: Workspace, wallet: string): Promise<void> {
  const wanted = { wallet, direction: null, category: null, min_value: "0", from: null, to: null, limit: FIRST };
  const found = await expand(wanted);
  work.book.take(found);
  work.book.takeTotals([[found.wallet, found.total]]);
  const keys = [found.wallet, ...found.wallets.map((one) => one.key)];
  work.book.take(await draw(keys));
  const things = keys.map((key) => placed("wallet", key, 0, 0));
  const expansion = { ...wanted, wallet: found.wallet, shown: keys.length - 1, ...counts(found) };
  settle(work, { ...add(EMPTY, things), expansions: [expansion] });
  work.select([found.wallet]);
}

function counts(found: Schemas["ExpansionView"]) {
  return { matching: found.matching, total: found.total };
}

export async function beginWithTransaction(work: Workspace, key: string): Promise<void> {
  const found = await askTransaction(key);
  work.book.takeTransaction(found);
  const id = nodeId("transaction", found.key);
  const ends = movements(found).map((one) => (one.source === id ? one.target : one.source));
  const wallets = [...new Set(ends)];
  work.book.take(await draw(wallets));
  const things = [...wallets.map((one) => placed("wallet", one, 0, 0)), placed("transaction", found.key, 0, 0)];
  settle(work, add(EMPTY, things));
  work.select([id]);
}

/** The canvas saved with a case as it was left, or what the case gathers. */
export async function beginWithCase(work: Workspace, id: string): Promise<Home> {
  const path = { case: id };
  const [file, { data: saved, response }] = await Promise.all([
    answered(api.GET("/api/v1/cases/{case}", { params: { path } })),
    whole(api.GET("/api/v1/cases/{case}/canvas", { params: { path } })),
  ]);
  const home = {
    case: file,
    etag: response.headers.get("etag") ?? "",
    savedBy: saved.saved_by,
    savedAt: saved.saved_at,
  };
  if (saved.saved_at === null) await beginWithWallets(work, await walletsOfCase(work, file));
  else await restore(work, saved.canvas);
  return home;
}

async function walletsOfCase(work: Workspace, file: Schemas["CaseDetail"]): Promise<string[]> {
  const found = await Promise.all(file.alerts.slice(0, MOST_ALERTS).map(walletsOfAlert));
  if (file.alerts.length > MOST_ALERTS)
    work.incomplete(`The first ${MOST_ALERTS} of ${file.alerts.length} alerts of the case are drawn.`);
  return [...new Set([...file.wallets, ...found.flatMap((one) => one.wallets)])];
}

/** Everything where it was; the facts are read anew, and what differs from then is marked. */
async function restore(work: Workspace, saved: Schemas["CanvasInput"]): Promise<void> {
  const canvas = canvasOf(saved);
  work.history.begin(canvas);
  await Promise.all([
    work.completeFlows(),
    ...saved.nodes
      .filter((one) => one.kind === "transaction")
      .map(async (one) => work.book.takeTransaction(await askTransaction(one.key))),
  ]);
  work.book.takeTotals(saved.expansions.map((one) => [one.wallet, one.total] as const));
  work.before.value = new Before(saved, currency());
  work.fitted.value += 1;
}

export function canvasOf(saved: Schemas["CanvasInput"]): Canvas {
  const nodes = new Map<string, Placed>();
  for (const { kind, key, x, y, pinned, hidden, note, folded_into } of saved.nodes)
    nodes.set(nodeId(kind, key), { kind, key, x, y, pinned, hidden, note, foldedInto: folded_into });
  return { nodes, expansions: saved.expansions, layout: saved.layout };
}

/** Nothing before it can be undone. */
function settle(work: Workspace, canvas: Canvas): void {
  work.history.begin(canvas);
  work.history.begin(arrange(canvas, "time", byTime(work.picture.peek())));
  work.fitted.value += 1;
}
