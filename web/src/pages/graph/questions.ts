/** What the graph is asked for the canvas. */
import { answered, api, type Schemas } from "../../api/client";
import type { Expansion } from "./model";

export type Wanted = Pick<Expansion, "wallet" | "direction" | "category" | "min_value" | "from" | "to" | "limit">;

const HOPS = 4;

export function expand({ wallet, ...wanted }: Wanted): Promise<Schemas["ExpansionView"]> {
  return answered(api.GET("/api/v1/wallets/{key}/expansion", { params: { path: { key: wallet }, query: wanted } }));
}

/** What wallets are now, and the flows among them. */
export function draw(wallets: readonly string[]): Promise<Schemas["PictureView"]> {
  return answered(api.POST("/api/v1/subgraph", { body: { wallets: [...wallets] } }));
}

export function askTransaction(key: string): Promise<Schemas["TransactionHistoryView"]> {
  return answered(api.GET("/api/v1/transactions/{key}", { params: { path: { key } } }));
}

export interface Ways {
  wallets: string[];
  count: number;
  isTruncated: boolean;
  hops: number;
}

/** The ways of money from one wallet to another, each way round. */
export async function pathsBetween(one: string, other: string): Promise<Ways> {
  const ask = (from: string, to: string) =>
    answered(
      api.GET("/api/v1/wallets/{key}/paths", {
        params: { path: { key: from }, query: { to, direction: "destination", hops: HOPS, limit: 20 } },
      }),
    );
  const found = await Promise.all([ask(one, other), ask(other, one)]);
  const paths = found.flatMap((answer) => answer.paths);
  return {
    wallets: [...new Set(paths.flatMap((path) => path.wallets.map((wallet) => wallet.key)))],
    count: paths.length,
    isTruncated: found.some((answer) => answer.truncated),
    hops: HOPS,
  };
}

/** The transactions of one flow, the most valuable first; at most 100. */
export function transactionsOf(source: string, target: string): Promise<Schemas["PathsView"]> {
  const query = { to: target, direction: "destination" as const, hops: 1, limit: 100 };
  return answered(api.GET("/api/v1/wallets/{key}/paths", { params: { path: { key: source }, query } }));
}

/** The wallets that explain an alert, and whether some were left out. */
export async function walletsOfAlert(alert: string): Promise<{ wallets: string[]; isTruncated: boolean }> {
  const path = { alert };
  const found = await answered(api.GET("/api/v1/alerts/{alert}/explanation", { params: { path } }));
  return { wallets: found.nodes.map((one) => one.key), isTruncated: found.truncated };
}
