/** How the score came to be what it is: every change that a run stored, and what caused it. */
import { useMemo } from "preact/hooks";
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { Box, shortened, Time } from "../../ui/atoms";
import { Causes } from "../../ui/causes";
import { Chart, type Series } from "../../ui/chart";
import { Listed } from "../../ui/listed";
import { percent, scored } from "../../ui/numbers";
import { type Column, Table } from "../../ui/table";
import { CsvButton } from "./csv";
import type { Loose } from "./score";

type Change = Loose<Schemas["ScoreChangeView"]>;
type State = Change["to"];

export function History({ wallet }: { wallet: string }) {
  const listing = useListing(wallet, (cursor, signal) => {
    const params = { path: { key: wallet }, query: { limit: 100, cursor } };
    return answered(api.GET("/api/v1/scores/{key}/changes", { params, signal }));
  });
  const address = `/api/v1/scores/${encodeURIComponent(wallet)}/changes`;
  return (
    <Box title="How it came there" aside={<CsvButton address={address} name="score-changes.csv" />}>
      <div class="inside">
        <Listed
          listing={listing}
          what="changes"
          empty="No run has changed the score of this wallet: it is what it was when it was scored first."
        >
          {(rows) => (
            <>
              <Line rows={rows} />
              <Table
                name="Changes of the score"
                rows={rows}
                id={(row) => String(row.number)}
                label={(row) => row.words}
                columns={COLUMNS}
                isMain
              />
            </>
          )}
        </Listed>
      </div>
    </Box>
  );
}

function Line({ rows }: { rows: readonly Change[] }) {
  const { at, series } = useMemo(() => drawn(rows), [rows]);
  if (at.length < 2) return null;
  return <Chart label="Score over time" at={at} series={series} height={130} written={(value) => value.toFixed(2)} />;
}

/** In order of time, from what was before the first change that is here. */
function drawn(rows: readonly Change[]): { at: number[]; series: Series[] } {
  const before = rows.at(-1)?.from;
  const states = [...rows.map((one) => one.to), ...(before ? [before] : [])];
  const points = states
    .map((one) => ({ at: Date.parse(one.scored_at) / 1000, score: one.score }))
    .sort((a, b) => a.at - b.at);
  return {
    at: points.map((one) => one.at),
    series: [{ label: "score", values: points.map((one) => one.score), colour: "--link", isStepped: true }],
  };
}

const COLUMNS: Column<Change>[] = [
  { head: "When", cell: (row) => <Time at={row.at ?? row.to.scored_at} /> },
  {
    head: "Score",
    isNumber: true,
    cell: (row) => (
      <span class="number">
        {row.from ? scored(row.from.score) : "none"} → <strong>{scored(row.to.score)}</strong>
      </span>
    ),
  },
  { head: "Why", cell: (row) => <Why row={row} /> },
  { head: "Run", cell: (row) => <a href={`/jobs/${row.job}`}>{shortened(row.run, 8, 4)}</a> },
];

function Why({ row }: { row: Change }) {
  const moved = row.from ? shares(row.from, row.to) : [];
  return (
    <>
      <p class="sentence">{row.words}</p>
      {moved.length > 0 && <p class="quiet">{moved.join("; ")}</p>}
      {row.causes.length > 0 && <Causes of={row.causes} />}
    </>
  );
}

const LEAST = 0.000_5;

/** Which shares moved, in words; what is below a twentieth of a percent is not worth a word. */
function shares(from: State, to: State): string[] {
  const sides = ["source", "destination"] as const;
  return sides.flatMap((side) => {
    const names = new Set([...Object.keys(from[side].categories), ...Object.keys(to[side].categories)]);
    return [...names].flatMap((name) => {
      const was = from[side].categories[name]?.share ?? 0,
        is = to[side].categories[name]?.share ?? 0;
      return Math.abs(is - was) < LEAST
        ? []
        : [`${name.replaceAll("_", " ")} (${side}) ${percent(was)} → ${percent(is)}`];
    });
  });
}
