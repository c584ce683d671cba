/** Who says so: what each source of attributions accounts for, how sure that is, and the score without it. */
import { useAsked } from "../../../api/asking";
import { answered, api, type Schemas } from "../../../api/client";
import { Box, SeverityMark, Share } from "../../../ui/atoms";
import { percent, scored } from "../../../ui/numbers";
import { Shown } from "../../../ui/states";
import { type Column, Table } from "../../../ui/table";
import { clockNow } from "../clock";
import type { Side } from "../words";

type Row = Schemas["RevocableView"];

const COLUMNS: readonly Column<Row>[] = [
  { head: "Source", cell: (row) => row.part.source ?? "unknown" },
  { head: "Share", isNumber: true, cell: (row) => <Share share={row.part.share} />, by: (row) => row.part.share },
  {
    head: "Illicit",
    unit: "low – likely – high",
    isNumber: true,
    cell: ({ part: { illicit } }) => `${percent(illicit.low)} – ${percent(illicit.likely)} – ${percent(illicit.high)}`,
    by: (row) => row.part.illicit.likely,
  },
  {
    head: "Score without it",
    isNumber: true,
    cell: ({ without }) =>
      without ? (
        <>
          {scored(without.score)} <SeverityMark severity={without.severity} />
        </>
      ) : (
        "unknown"
      ),
    by: (row) => row.without?.score ?? 0,
  },
];

export function Sources({ wallet, side }: { wallet: string; side: Side }) {
  const { hops } = clockNow();
  const asked = useAsked(`${wallet} ${side} ${hops}`, (signal) => {
    const params = { path: { key: wallet }, query: { direction: side, hops } };
    return answered(api.GET("/api/v1/wallets/{key}/sources", { params, signal }));
  });
  return (
    <Box title="Who says so" aside={<small>now, by haircut</small>}>
      <Shown asked={asked} what="the sources">
        {(found) =>
          found.sources.length === 0 ? (
            <p class="state">Nothing that anybody attributed was met.</p>
          ) : (
            <div class="form">
              <Table
                name="Sources"
                rows={found.sources}
                id={(row) => row.part.source ?? ""}
                label={(row) => `${row.part.source ?? "unknown"}, ${percent(row.part.share)}`}
                columns={COLUMNS}
              />
              <div class="inside quiet">
                Low counts only what is certain, high all that is said; likely weighs each attribution by its
                confidence.
              </div>
            </div>
          )
        }
      </Shown>
    </Box>
  );
}
