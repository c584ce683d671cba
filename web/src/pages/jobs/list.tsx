/** Jobs: what is under way, how far, and what became of the rest, newest first. */
import "./jobs.css";
import { useEffect } from "preact/hooks";
import { answered, api } from "../../api/client";
import { saveCsv } from "../../api/files";
import { isUnderWay, type Job } from "../../api/job";
import { type Listing, useListing } from "../../api/listing";
import { navigate } from "../../router";
import { Time } from "../../ui/atoms";
import { filterOf } from "../../ui/filtered";
import { Filters, SelectFilter } from "../../ui/filters";
import { Listed } from "../../ui/listed";
import { counted } from "../../ui/numbers";
import { useNow } from "../../ui/now";
import { PageHead } from "../../ui/page";
import { JobProgress } from "../../ui/progress";
import { type Column, Table } from "../../ui/table";
import { tellFailure } from "../../ui/toasts";
import { Arguments } from "./arguments";
import { JobState } from "./state";
import { JOB_NAMES, jobName, ran, STATES, stateWords } from "./words";
import { Views } from "./views";

const EVERY_MS = 2_000;

export default function Page() {
  const filters = asked();
  const listing = useListing(JSON.stringify(filters), (cursor, signal) =>
    answered(
      api.GET("/api/v1/jobs", { params: { query: { ...filters, limit: 50, ...(cursor ? { cursor } : {}) } }, signal }),
    ),
  );
  useFollowed(listing);
  return (
    <>
      <PageHead
        title="Jobs"
        actions={
          <button type="button" onClick={() => void csv()}>
            CSV
          </button>
        }
      />
      <Views of="jobs" />
      <Filters>
        <SelectFilter
          label="State"
          name="state"
          options={[{ value: "", label: "any" }, ...STATES.map((one) => ({ value: one, label: stateWords(one) }))]}
        />
        <SelectFilter label="What" name="name" options={[{ value: "", label: "any" }, ...names()]} />
      </Filters>
      <Listed listing={listing} what="jobs" empty={<Nothing isFiltered={Object.keys(filters).length > 0} />}>
        {(rows) => <Rows rows={rows} />}
      </Listed>
    </>
  );
}

function Rows({ rows }: { rows: readonly Job[] }) {
  const now = useNow();
  const underWay = rows.filter(isUnderWay);
  const columns: Column<Job>[] = [
    { head: "Job", cell: (one) => <a href={`/jobs/${one.id}`}>{jobName(one.name)}</a> },
    { head: "About", cell: (one) => <Arguments of={one.arguments} /> },
    { head: "State", cell: (one) => <JobState job={one} /> },
    { head: "Steps", isNumber: true, cell: (one) => <Steps job={one} /> },
    { head: "Asked for", cell: (one) => <Time at={one.created_at} /> },
    { head: "Ran", isNumber: true, cell: (one) => ran(one, now) ?? <span class="quiet">not yet</span> },
    { head: "Attempts", isNumber: true, cell: (one) => one.attempt },
  ];
  return (
    <>
      {underWay.length > 0 && (
        <section class="under-way" aria-label="Under way">
          {underWay.map((one) => (
            <JobProgress key={one.id} job={one} what={jobName(one.name)} />
          ))}
        </section>
      )}
      <Table
        name="Jobs"
        isMain
        rows={rows}
        id={(one) => one.id}
        label={(one) => `${jobName(one.name)}, ${stateWords(one.state)}`}
        columns={columns}
        open={(one) => navigate(`/jobs/${one.id}`)}
      />
    </>
  );
}

function Steps({ job }: { job: Job }) {
  if (job.total == null) return <span class="quiet">{job.done ? counted(job.done) : "–"}</span>;
  return (
    <>
      {counted(job.done)} <small>of {counted(job.total)}</small>
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <p>No job is like this. Clear a filter to see more.</p>
  ) : (
    <p>Nothing has been done in the background yet: scoring runs, trainings, back-tests and the like show here.</p>
  );
}

/** The first page asked for again while something on it is under way and somebody looks. */
function useFollowed(listing: Listing<Job>): void {
  const isSome = listing.rows.some(isUnderWay);
  useEffect(() => {
    if (!isSome) return;
    const timer = setInterval(() => {
      if (!document.hidden) listing.again();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [isSome, listing.again]);
}

function names() {
  const given = filterOf("name");
  const all = given && !JOB_NAMES.includes(given) ? [...JOB_NAMES, given] : JOB_NAMES;
  return all.map((one) => ({ value: one, label: jobName(one) }));
}

function asked() {
  const state = STATES.find((one) => one === filterOf("state"));
  const name = filterOf("name");
  return { ...(state ? { state } : {}), ...(name ? { name } : {}) };
}

async function csv(): Promise<void> {
  try {
    await saveCsv(`/api/v1/jobs?${new URLSearchParams(asked())}`, "jobs.csv");
  } catch (error) {
    tellFailure(error);
  }
}
