/** What a text finds: what it is the id of first, then wallets. */
import { answered, api, type Schemas } from "../../api/client";
import { type Found, recognised } from "./recognised";

export type Hit = Found & { wallet?: Schemas["WalletView"] };

export interface Answer {
  text: string;
  hits: Hit[];
}

const MOST = 50;

export async function find(text: string, signal: AbortSignal): Promise<Answer> {
  if (!text) return { text, hits: [] };
  const [known, wallets] = await Promise.all([
    recognised(text, signal),
    answered(api.GET("/api/v1/search", { params: { query: { q: text, limit: MOST } }, signal })),
  ]);
  return { text, hits: [...known, ...wallets.items.map(hit)] };
}

function hit(wallet: Schemas["WalletView"]): Hit {
  const path = `/wallets/${encodeURIComponent(wallet.key)}`;
  return { id: wallet.key, kind: "wallet", path, title: wallet.actor ?? wallet.key, detail: "", wallet };
}
