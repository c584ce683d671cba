/** One job: how far it is, what it was given, what came of it, and what can be done about it. */
import "./jobs.css";
import { answered, api } from "../../api/client";
import { isUnderWay, type Job, useJob } from "../../api/job";
import type { PageProps } from "../../routes";
import { isOneOf, mayRun } from "../../session/me";
import { Box, Copy, Time } from "../../ui/atoms";
import { useKeys } from "../../ui/keys";
import { useNow } from "../../ui/now";
import { PageHead } from "../../ui/page";
import { Who } from "../../ui/person";
import { JobProgress } from "../../ui/progress";
import { Shown } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { Facts } from "./arguments";
import { JobState } from "./state";
import { isLost, jobName, ran } from "./words";

export default function Page({ parameters }: PageProps) {
  const asked = useJob(parameters.id ?? "");
  return (
    <>
      {!asked.data && <PageHead title="Job" />}
      <Shown asked={asked} what="job">
        {(job) => job && <Whole job={job} again={asked.again} />}
      </Shown>
    </>
  );
}

function Whole({ job, again }: { job: Job; again: () => void }) {
  const result = job.result ?? {};
  return (
    <>
      <PageHead title={jobName(job.name)} beside={<JobState job={job} />} actions={<Retry job={job} again={again} />} />
      {isUnderWay(job) && <JobProgress job={job} what={jobName(job.name)} />}
      {job.error && <Wrong job={job} error={job.error} />}
      <div class="split">
        <div>
          <Box title="What came of it">
            <div class="inside">
              {Object.keys(result).length > 0 ? <Facts of={result} /> : <p class="quiet">{nothing(job)}</p>}
            </div>
          </Box>
          <Box title="What it was given">
            <div class="inside">
              {Object.keys(job.arguments).length > 0 ? (
                <Facts of={job.arguments} />
              ) : (
                <p class="quiet">Nothing: it looks at everything.</p>
              )}
            </div>
          </Box>
        </div>
        <div>
          <Times job={job} />
        </div>
      </div>
    </>
  );
}

function nothing(job: Job): string {
  if (isUnderWay(job)) return "It is not done yet.";
  return job.state === "succeeded" ? "It has nothing to tell." : "Nothing: nobody sees anything of what it had made.";
}

function Wrong({ job, error }: { job: Job; error: string }) {
  return (
    <Box
      title={isUnderWay(job) ? "What went wrong at the attempt before" : "What went wrong"}
      aside={<Copy text={error} />}
    >
      <pre class="inside wrapped">{error}</pre>
    </Box>
  );
}

function Times({ job }: { job: Job }) {
  const now = useNow();
  return (
    <Box title="Job">
      <dl class="facts inside">
        <dt>Id</dt>
        <dd class="mono">
          {job.id} <Copy text={job.id} />
        </dd>
        <dt>Asked for</dt>
        <dd>
          <Time at={job.created_at} />
        </dd>
        <dt>Begun</dt>
        <dd>{job.started_at ? <Time at={job.started_at} /> : <span class="quiet">not yet</span>}</dd>
        <dt>Ended</dt>
        <dd>{job.finished_at ? <Time at={job.finished_at} /> : <span class="quiet">not yet</span>}</dd>
        <dt>Ran</dt>
        <dd>{ran(job, now) ?? <span class="quiet">not yet</span>}</dd>
        <dt>Attempts</dt>
        <dd>{job.attempt}</dd>
        {job.state === "running" && (
          <>
            <dt>Heard of</dt>
            <dd>
              <Time at={job.heartbeat_at} />
            </dd>
          </>
        )}
        {job.cancelled_by && (
          <>
            <dt>Cancelled by</dt>
            <dd>
              <Who id={job.cancelled_by} />
            </dd>
          </>
        )}
        {isOneOf("supervisor", "admin", "auditor") && (
          <>
            <dt>Audit log</dt>
            <dd>
              <a href={`/audit?subject=${job.id}`}>what it tells of this job</a>
            </dd>
          </>
        )}
      </dl>
    </Box>
  );
}

function Retry({ job, again }: { job: Job; again: () => void }) {
  const retry = useSubmit(async () => {
    await answered(api.POST("/api/v1/jobs/{job}/retry", { params: { path: { job: job.id } } }));
    again();
  });
  const may = mayRun() && isLost(job);
  useKeys(may ? [{ key: "r", does: "try the job again", run: () => void retry.run() }] : [], [may]);
  if (!isLost(job)) return null;
  if (!mayRun()) return <span class="quiet">Supervisors and admins may have it tried again.</span>;
  return (
    <>
      <button type="button" class="main" onClick={() => void retry.run()} disabled={retry.isBusy}>
        Try again <kbd>R</kbd>
      </button>
      {retry.failure}
    </>
  );
}
