/** Where tracing stopped, wallet by wallet. */
import { answered, api, type Schemas } from "../../api/client";
import { useAsked } from "../../api/asking";
import { Key, Share } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { Dialog } from "../../ui/dialog";
import { many } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { stopColumns } from "../../ui/stops";
import { type Column, Table } from "../../ui/table";
import { residualWords } from "../../ui/words";
import type { Side } from "./evidence";

/** Of when the graph is asked; null is now. */
export interface Asked {
  as_of: string | null;
  known_at: string | null;
}

interface Props {
  side: Side;
  parties: readonly string[];
  at: Asked;
  close: () => void;
}

type Ledger = Schemas["StopLedgerView"];
type Stop = Ledger["stops"][number];

const MOST_PARTIES = 5;

export function StopsDialog({ side, parties, at, close }: Props) {
  return (
    <Dialog title="Where tracing stopped" close={close} isWide>
      {parties.slice(0, MOST_PARTIES).map((wallet) => (
        <Stops key={wallet} wallet={wallet} side={side} at={at} />
      ))}
      {parties.length > MOST_PARTIES && (
        <p class="notice">
          {MOST_PARTIES} of {parties.length} parties shown
        </p>
      )}
      <form method="dialog" class="row">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  );
}

function Stops({ wallet, side, at }: { wallet: string; side: Side; at: Asked }) {
  const query = {
    direction: side.direction,
    hops: side.hops,
    ...(at.as_of ? { as_of: at.as_of } : {}),
    ...(at.known_at ? { known_at: at.known_at } : {}),
  };
  const asked = useAsked(`${wallet} ${side.direction}`, (signal) =>
    answered(api.GET("/api/v1/wallets/{key}/stops", { params: { path: { key: wallet }, query }, signal })),
  );
  return (
    <section aria-label={`Stops of ${wallet}`}>
      <h3>
        <Key of={wallet} href={`/wallets/${encodeURIComponent(wallet)}`} />
      </h3>
      <Shown asked={asked} what="stops">
        {(found) =>
          found.stops.length === 0 ? (
            <p class="quiet">
              {side.direction === "source"
                ? "Nothing had come in before, so there was nothing to follow."
                : "It had not been spent yet, so there was nothing to follow."}
            </p>
          ) : (
            <>
              <Table
                name="Stops"
                rows={found.stops}
                id={(one) => `${one.wallet} ${one.reason} ${one.hops}`}
                label={(one) => `${one.wallet}, ${one.reason}`}
                columns={stopColumns(WHY)}
              />
              {found.rest.count > 0 && (
                <p class="notice">
                  {many(found.rest.count, "more stop")} with <Share share={found.rest.share} /> not shown
                </p>
              )}
            </>
          )
        }
      </Shown>
    </section>
  );
}

const WHY: Column<Stop> = {
  head: "Why",
  cell: (one) => (one.category ? <Category name={one.category} /> : residualWords(one.reason)),
};
