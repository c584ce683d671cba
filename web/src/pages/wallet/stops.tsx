/** The wallets where tracing stopped, of one category or for one reason. */
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { navigate } from "../../router";
import { many, percent } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { stopColumns } from "../../ui/stops";
import { Table } from "../../ui/table";
import { clockNow, told } from "./clock";
import { type Side, stopMeaning, stopName } from "./words";

const MOST = 1_000;

interface Props {
  wallet: string;
  side: Side;
  /** A category, or the reason of a rest. */
  stop: string;
  close: () => void;
}

export function Stops({ wallet, side, stop, close }: Props) {
  const { hops, as_of, known_at } = clockNow();
  const asked = useAsked(`${wallet} ${side} ${told(clockNow())}`, (signal) => {
    const params = { path: { key: wallet }, query: { direction: side, hops, as_of, known_at, limit: MOST } };
    return answered(api.GET("/api/v1/wallets/{key}/stops", { params, signal }));
  });
  return (
    <section class="stops form" aria-label={`Where tracing stopped: ${stopName(stop)}`}>
      <header class="row">
        <h3>Where tracing stopped: {stopName(stop)}</h3>
        <span class="quiet">{stopMeaning(stop)}</span>
        <button type="button" onClick={close}>
          Close
        </button>
      </header>
      <Shown asked={asked} what="the stops">
        {(found) => {
          const rows = found.stops.filter((one) => (one.category ?? one.reason) === stop);
          if (rows.length === 0) return <p class="quiet">Nothing stopped here for that reason.</p>;
          return (
            <>
              <Table
                name={`Stops, ${stopName(stop)}`}
                rows={rows}
                id={(row) => `${row.wallet} ${row.hops} ${row.reason}`}
                label={(row) => `${row.actor ?? row.wallet}, ${many(row.hops, "hop")} away, ${percent(row.share)}`}
                columns={stopColumns()}
                open={(row) => navigate(`/wallets/${encodeURIComponent(row.wallet)}`)}
              />
              <p class="quiet">
                {many(rows.length, "stop")}
                {found.rest.count > 0 &&
                  `; ${many(found.rest.count, "smaller stop")} of every kind, ${percent(found.rest.share)} together, not listed`}
              </p>
            </>
          );
        }}
      </Shown>
    </section>
  );
}
