/** Scoring runs: what each was made with, and two of them to be compared. */
import "./jobs.css";
import { useSignal } from "@preact/signals";
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { useJob } from "../../api/job";
import { navigate, query, setQuery } from "../../router";
import { mayRun } from "../../session/me";
import { Copy, shortened, Time } from "../../ui/atoms";
import { useKeys } from "../../ui/keys";
import { Listed } from "../../ui/listed";
import { counted, many } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { JobProgress } from "../../ui/progress";
import { Failed } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { type Column, Table } from "../../ui/table";
import { Views } from "./views";

type Run = Schemas["ScoringRun"];

const COLUMNS: readonly Column<Run>[] = [
  { head: "Run", cell: (one) => <RunName run={one} /> },
  { head: "Asked for", cell: (one) => <Time at={one.requested_at} short /> },
  { head: "In force since", cell: (one) => <Finished run={one} /> },
  { head: "Wallets", isNumber: true, cell: (one) => (one.wallets == null ? <Unfinished /> : counted(one.wallets)) },
  { head: "Hops", isNumber: true, cell: (one) => one.hops },
  { head: "Policy", cell: (one) => <a href={`/policies/${encodeURIComponent(one.policy)}`}>{one.policy}</a> },
  { head: "Models", cell: (one) => <Models run={one} /> },
  {
    head: "Changes up to",
    isNumber: true,
    cell: (one) => (one.watermark == null ? <Unfinished /> : counted(one.watermark)),
  },
];

export default function Page() {
  const listing = useListing("runs", (cursor, signal) =>
    answered(
      api.GET("/api/v1/scoring-runs", { params: { query: { limit: 50, ...(cursor ? { cursor } : {}) } }, signal }),
    ),
  );
  const job = useJob(query.value.get("job"), listing.again);
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const start = useSubmit(async () => {
    const { job } = await answered(api.POST("/api/v1/scoring-runs"));
    setQuery({ job: job.id });
    listing.again();
  });
  const compare = () => compareRuns(listing.rows, selected.value);
  const keys = [{ key: "c", does: "compare the two runs selected", run: compare }];
  useKeys(mayRun() ? [...keys, { key: "n", does: "score all wallets", run: () => void start.run() }] : keys, [
    listing.rows,
    selected.value,
  ]);
  const chosen = query.value.get("run");
  return (
    <>
      <PageHead
        title="Scoring runs"
        actions={
          mayRun() && (
            <button type="button" onClick={() => void start.run()} disabled={start.isBusy}>
              Score all wallets <kbd>N</kbd>
            </button>
          )
        }
      />
      <Views of="runs" />
      {start.failure}
      {job.problem && <Failed problem={job.problem} again={job.again} />}
      {job.data && <JobProgress job={job.data} what="Scoring run" />}
      <Listed listing={listing} what="runs" empty={<p>No wallet has been scored by a run yet.</p>}>
        {(rows) => (
          <Table
            name="Scoring runs"
            isMain
            rows={rows}
            id={(one) => one.id}
            label={(one) => `run of ${one.requested_at}, ${one.policy}`}
            columns={COLUMNS}
            selected={selected}
            rowClass={(one) => (one.id === chosen ? "chosen" : "")}
            open={(one) => navigate(`/jobs/${one.job}`)}
          />
        )}
      </Listed>
      {selected.value.size > 0 && (
        <div class="bulk" role="region" aria-label="Selected runs">
          {many(selected.value.size, "run")} selected
          <button type="button" class="main" onClick={compare} disabled={selected.value.size !== 2}>
            Compare two <kbd>C</kbd>
          </button>
        </div>
      )}
    </>
  );
}

/** Two runs side by side, the earlier one first; anything but two is not compared. */
function compareRuns(rows: readonly Run[], selected: ReadonlySet<string>): void {
  const [after, before, third] = rows.filter((one) => selected.has(one.id));
  if (before && after && !third) navigate(`/jobs/runs/${before.id}/${after.id}`);
}

function RunName({ run }: { run: Run }) {
  return (
    <span class="key">
      <a href={`/jobs/${run.job}`} title={run.id}>
        {shortened(run.id, 8)}
      </a>
      <Copy text={run.id} />
    </span>
  );
}

function Finished({ run }: { run: Run }) {
  if (!run.finished_at) return <Unfinished />;
  return (
    <>
      <Time at={run.finished_at} short />
      {run.rows_removed_at && <small class="quiet"> its scores are no longer kept</small>}
    </>
  );
}

function Unfinished() {
  return <span class="quiet">not finished</span>;
}

function Models({ run }: { run: Run }) {
  if (!run.models?.length) return <span class="quiet">none</span>;
  return (
    <>
      {run.models.map((one) => (
        <span key={one.model} class="model">
          <a href={`/models/${one.model}`}>{one.model}</a> <small>{one.state}</small>
        </span>
      ))}
    </>
  );
}
