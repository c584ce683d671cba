/** What a text finds: what it is the id of first, then wallets. */
import { answered, api, type Schemas } from "../../api/client";
import { type Found, recognised } from "./recognised";

export type Hit = Found & { wallet?: Schemas["WalletView"] };

const MOST = 50;

export async function find(text: string, signal: AbortSignal): Promise<Hit[]> {
  if (!text) return [];
  const [known, wallets] = await Promise.all([
    recognised(text, signal),
    answered(api.GET("/api/v1/search", { params: { query: { q: text, limit: MOST } }, signal })),
  ]);
  return [...known, ...wallets.items.map(hit)];
}

function hit(wallet: Schemas["WalletView"]): Hit {
  const path = `/wallets/${encodeURIComponent(wallet.key)}`;
  return { id: wallet.key, kind: "wallet", path, title: wallet.actor ?? wallet.key, detail: "", wallet };
}
