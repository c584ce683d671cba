/** Two scoring runs side by side: how many wallets moved, which moved most, and why each did. */
import "./jobs.css";
import { useListing } from "../../api/listing";
import { answered, api, type Schemas } from "../../api/client";
import { navigate } from "../../router";
import type { PageProps } from "../../routes";
import { Box, Key, shortened, Time } from "../../ui/atoms";
import { Causes } from "../../ui/causes";
import { filterOf } from "../../ui/filtered";
import { Filters, SelectFilter } from "../../ui/filters";
import { Listed } from "../../ui/listed";
import { counted, percent, scored } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { type Column, Table } from "../../ui/table";

type Moved = Schemas["run_diffs_MovedWalletView"];
type Diff = Schemas["RunDiffPage"];

const COLUMNS: readonly Column<Moved>[] = [
  { head: "Wallet", cell: (one) => <Key of={one.wallet} href={`/wallets/${encodeURIComponent(one.wallet)}`} /> },
  {
    head: "Score",
    isNumber: true,
    cell: (one) => (
      <span class="number">
        {shown(one.before)} → <strong>{shown(one.after)}</strong>
      </span>
    ),
  },
  { head: "Moved by", isNumber: true, cell: (one) => signed(one) },
  { head: "What differs", cell: (one) => <Parts of={one.parts} /> },
  {
    head: "Because",
    cell: (one) => (one.causes.length ? <Causes of={one.causes} /> : <span class="quiet">nothing recorded</span>),
  },
];

export default function Page({ parameters }: PageProps) {
  const path = { before: parameters.before ?? "", after: parameters.after ?? "" };
  const least = Number(filterOf("min_change") ?? 0);
  const listing = useListing(`${path.before} ${path.after} ${least}`, (cursor, signal) => {
    const query = { min_change: least, limit: 100, ...(cursor ? { cursor } : {}) };
    return answered(api.GET("/api/v1/scoring-runs/{before}/diff/{after}", { params: { path, query }, signal }));
  });
  const diff = listing.data as Diff | null;
  return (
    <>
      <PageHead title="What moved between two runs" />
      {diff && <Summary of={diff} />}
      <Filters>
        <SelectFilter
          label="Moved by at least"
          name="min_change"
          options={[{ value: "", label: "anything" }, "0.01", "0.1", "0.25", "0.5"]}
        />
      </Filters>
      <Listed listing={listing} what="wallets" empty={<p>No score moved by that much.</p>}>
        {(rows) => (
          <Table
            name="Wallets whose score moved"
            isMain
            rows={rows}
            id={(one) => one.wallet}
            label={(one) => `${one.wallet}, ${shown(one.before)} to ${shown(one.after)}`}
            columns={COLUMNS}
            open={(one) => navigate(`/wallets/${encodeURIComponent(one.wallet)}`)}
          />
        )}
      </Listed>
    </>
  );
}

const WHAT: Record<Diff["changed"][number], string> = {
  graph: "what is known of the graph",
  policy: "the policy",
  hops: "how many hops are followed",
  models: "the models",
  features: "the features",
};

function Summary({ of: { before, after, changed, counts } }: { of: Diff }) {
  return (
    <Box title="The two runs">
      <dl class="facts inside">
        <dt>Before</dt>
        <dd>
          <RunLine run={before} />
        </dd>
        <dt>After</dt>
        <dd>
          <RunLine run={after} />
        </dd>
        <dt>Made otherwise</dt>
        <dd>{changed.length ? changed.map((one) => WHAT[one]).join(", ") : "in nothing: both were made alike"}</dd>
        <dt>Scores</dt>
        <dd>
          {counted(counts.rose)} rose, {counted(counts.fell)} fell, {counted(counts.unchanged)} stayed, the most by{" "}
          {counts.largest.toFixed(2)}; {counted(counts.only_after)} wallets are new, {counted(counts.only_before)} are
          gone
        </dd>
      </dl>
    </Box>
  );
}

function RunLine({ run }: { run: Schemas["ScoringRun"] }) {
  return (
    <>
      <a href={`/jobs/${run.job}`}>{shortened(run.id, 8)}</a> <Time at={run.finished_at} short /> ·{" "}
      <a href={`/policies/${encodeURIComponent(run.policy)}`}>{run.policy}</a>, {run.hops} hops, changes up to{" "}
      {run.watermark == null ? "unknown" : counted(run.watermark)}
    </>
  );
}

/** A run that does not have the wallet has no score of it. */
function shown(score: number | null): string {
  return score === null ? "none" : scored(score);
}

function signed(one: Moved): string {
  const rose = (one.after ?? 0) >= (one.before ?? 0);
  return `${rose ? "+" : "−"}${one.change.toFixed(2)}`;
}

function Parts({ of }: { of: readonly Schemas["ScorePart"][] }) {
  return (
    <ul class="plain">
      {of.map((one) => (
        <li key={`${one.kind} ${one.name}`}>
          {one.name.replaceAll("_", " ")} <span class="quiet">{one.kind}</span> {part(one.before)} → {part(one.after)}
        </li>
      ))}
    </ul>
  );
}

function part(value: number | null): string {
  return value === null ? "none" : percent(value);
}
