/** What a text looks like besides a wallet: the id of an alert, a case, a transaction … Whether it is there is asked. */
import { answered, api, Problem } from "../../api/client";

export interface Found {
  id: string;
  kind: "wallet" | "transaction" | "alert" | "case" | "attribution" | "job";
  path: string;
  title: string;
  detail: string;
}

type Ask = (id: string, signal: AbortSignal) => Promise<Found>;

const HASH = /^[0-9a-f]{64}$/i;
const NETWORKED = /^[a-z]{2,10}:\S+$/i;
const IDS: readonly [RegExp, Ask][] = [
  [/^alr_\w+$/, alert],
  [/^cas_\w+$/, case_],
  [/^att_\w+$/, attribution],
  [/^job_\w+$/, job],
];

/** What is there under a text that looks like an id; nothing where it looks like none. */
export async function recognised(text: string, signal: AbortSignal): Promise<Found[]> {
  const asked = asks(text).map(([ask, id]) => orNothing(ask(id, signal)));
  return (await Promise.all(asked)).filter((one) => one !== null);
}

function asks(text: string): [Ask, string][] {
  const id = IDS.find(([pattern]) => pattern.test(text));
  if (id) return [[id[1], text]];
  if (NETWORKED.test(text)) return [[transaction, text]];
  if (/^0x[0-9a-f]{64}(:\d+)?$/i.test(text)) return [[transaction, `eth:${text}`]];
  return HASH.test(text) ? ["btc", "trx"].map((network) => [transaction, `${network}:${text}`]) : [];
}

async function orNothing(asked: Promise<Found>): Promise<Found | null> {
  try {
    return await asked;
  } catch (error) {
    // What is no id, or not there, or not ours to see, is not found.
    if (error instanceof Problem && [403, 404, 422].includes(error.status)) return null;
    throw error;
  }
}

async function alert(id: string, signal: AbortSignal): Promise<Found> {
  const found = await answered(api.GET("/api/v1/alerts/{alert}", { params: { path: { alert: id } }, signal }));
  const detail = `${found.severity}, ${found.status}`;
  return { id, kind: "alert", path: `/alerts/${id}`, title: found.explanation, detail };
}

async function case_(id: string, signal: AbortSignal): Promise<Found> {
  const found = await answered(api.GET("/api/v1/cases/{case}", { params: { path: { case: id } }, signal }));
  return { id, kind: "case", path: `/cases/${id}`, title: found.title, detail: found.status };
}

async function attribution(id: string, signal: AbortSignal): Promise<Found> {
  const params = { path: { attribution: id } };
  const found = await answered(api.GET("/api/v1/attributions/{attribution}", { params, signal }));
  const title = `${found.category.replaceAll("_", " ")} by ${found.source}`;
  return { id, kind: "attribution", path: `/attributions/${id}`, title, detail: found.wallet };
}

async function job(id: string, signal: AbortSignal): Promise<Found> {
  const found = await answered(api.GET("/api/v1/jobs/{job}", { params: { path: { job: id } }, signal }));
  const title = found.name.replaceAll("_", " ");
  return { id, kind: "job", path: `/jobs/${id}`, title, detail: found.state };
}

async function transaction(key: string, signal: AbortSignal): Promise<Found> {
  const found = await answered(api.GET("/api/v1/transactions/{key}", { params: { path: { key } }, signal }));
  return {
    id: found.key,
    kind: "transaction",
    path: `/transactions/${encodeURIComponent(found.key)}`,
    title: found.key,
    detail: `${found.amount} ${found.asset}, ${found.at.slice(0, 10)}`,
  };
}
