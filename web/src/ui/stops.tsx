/** Stops of the tracing as a table: where, how far, how much. */
import type { Schemas } from "../api/client";
import { currency } from "../session/about";
import { Key, Money, Share } from "./atoms";
import type { Column } from "./table";

type Stop = Schemas["StopView"];

/** The columns, with `why` after the wallet where stops of several kinds stand in one table. */
export function stopColumns(why?: Column<Stop>): Column<Stop>[] {
  return [
    {
      head: "Wallet",
      cell: (one) => <Key of={one.wallet} name={one.actor} href={`/wallets/${encodeURIComponent(one.wallet)}`} />,
    },
    ...(why ? [why] : []),
    { head: "Hops", isNumber: true, cell: (one) => one.hops, by: (one) => one.hops },
    { head: "Share", isNumber: true, cell: (one) => <Share share={one.share} />, by: (one) => one.share },
    { head: "Value", unit: currency(), isNumber: true, cell: (one) => <Money amount={one.value} /> },
  ];
}
