/** What known wallets are called, for lists that only have their keys. */
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";

export type Names = ReadonlyMap<string, string>;

const NOBODY: Names = new Map();
const MOST = 500;
const AT_ONCE = 20;

/** The names of the most valuable counterparties of a wallet; none until they are there. */
export function useCounterpartyNames(key: string): Names {
  const asked = useAsked(key, async (signal) => {
    const params = { path: { key }, query: { limit: MOST } };
    const page = await answered(api.GET("/api/v1/wallets/{key}/counterparties", { params, signal }));
    return new Map(page.items.flatMap((one) => (one.actor ? [[one.key, one.actor]] : [])));
  });
  return asked.data ?? NOBODY;
}

/** The names of some wallets, the first twenty of them. */
export function useNames(keys: readonly string[]): Names {
  const wanted = [...new Set(keys)].slice(0, AT_ONCE);
  const asked = useAsked(wanted.join(" "), async (signal) => {
    const wallets = wanted.map((key) =>
      answered(api.GET("/api/v1/wallets/{key}", { params: { path: { key } }, signal })),
    );
    const found = await Promise.all(wallets);
    return new Map(found.flatMap((one) => (one.actor ? [[one.key, one.actor]] : [])));
  });
  return asked.data ?? NOBODY;
}
