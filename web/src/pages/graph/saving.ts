/** Saving a canvas with a case: as data, under the version that was read, so that nobody's work is lost unseen. */
import { answered, api, type Schemas, whole } from "../../api/client";
import { canvasOf, type Home } from "./beginning";
import { merged } from "./changes";
import type { Facts } from "./facts";
import type { Canvas } from "./model";
import type { Workspace } from "./workspace";

const MOST_FLOWS = 20_000;

export function asSaved(canvas: Canvas, facts: Facts): Schemas["CanvasInput"] {
  const nodes = [...canvas.nodes.values()].map(({ foldedInto, ...one }) => {
    const fact = one.kind === "wallet" ? facts.wallets.get(one.key) : undefined;
    return {
      ...one,
      folded_into: foldedInto,
      category: fact?.category ?? null,
      in_value: fact?.in_value ?? null,
      out_value: fact?.out_value ?? null,
    };
  });
  const here = (key: string) => canvas.nodes.has(key);
  const flows = [...facts.flows.values()]
    .filter((one) => here(one.source) && here(one.target))
    .slice(0, MOST_FLOWS)
    .map(({ source, target, value, count }) => ({ source, target, value, count }));
  return { nodes, flows, expansions: [...canvas.expansions], layout: canvas.layout, watermark: facts.watermark };
}

export async function saveCanvas(work: Workspace, home: Home): Promise<Home> {
  const body = asSaved(work.history.canvas.peek(), work.book.facts.peek());
  const params = { path: { case: home.case.id }, header: { "If-Match": home.etag } };
  const { data, response } = await whole(api.PUT("/api/v1/cases/{case}/canvas", { params, body }));
  return { ...home, etag: response.headers.get("etag") ?? "", savedBy: data.saved_by, savedAt: data.saved_at };
}

/** Put a canvas to what a case has already, or make it the first one. */
export async function saveWith(work: Workspace, id: string): Promise<void> {
  const path = { case: id };
  const { data, response } = await whole(api.GET("/api/v1/cases/{case}/canvas", { params: { path } }));
  const canvas = merged(canvasOf(data.canvas), work.history.canvas.peek());
  const body = asSaved(canvas, work.book.facts.peek());
  const header = { "If-Match": response.headers.get("etag") ?? "" };
  await answered(api.PUT("/api/v1/cases/{case}/canvas", { params: { path, header }, body }));
}
