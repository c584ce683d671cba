/** How far a job is, in words and as a bar; how it ended where it came to nothing. */
import { answered, api } from "../api/client";
import { isUnderWay, type Job } from "../api/job";
import { mayRun } from "../session/me";
import { counted, lasting } from "./numbers";
import { useSubmit } from "./submit";

/** Nothing for a job that succeeded: its result is the page's to show. */
export function JobProgress({ job, what }: { job: Job; what: string }) {
  if (job.state === "succeeded") return null;
  return isUnderWay(job) ? <UnderWay job={job} what={what} /> : <Ended job={job} what={what} />;
}

function UnderWay({ job, what }: { job: Job; what: string }) {
  const cancel = useSubmit(async () => {
    await answered(api.POST("/api/v1/jobs/{job}/cancel", { params: { path: { job: job.id } } }));
  });
  const known = typeof job.total === "number" && job.total > 0 ? job.total : null;
  return (
    <div class="form" role="status">
      <p class="row">
        <strong>
          {what}: {job.cancel_requested_at ? "stopping" : job.state === "queued" ? "waiting for a worker" : job.message}
        </strong>
        {known !== null && (
          <span class="quiet">
            {counted(job.done)} of {counted(known)}
          </span>
        )}
        <span class="quiet">{job.eta_s == null ? "time left unknown" : `about ${lasting(job.eta_s)} left`}</span>
        <a href={`/jobs/${job.id}`}>The job</a>
        {mayRun() && !job.cancel_requested_at && (
          <button type="button" onClick={() => void cancel.run()} disabled={cancel.isBusy}>
            Cancel
          </button>
        )}
      </p>
      <progress aria-label={what} {...(known === null ? {} : { value: job.done, max: known })} />
      {cancel.failure}
    </div>
  );
}

function Ended({ job, what }: { job: Job; what: string }) {
  return (
    <div class="state failed" role="alert">
      <p>
        <strong>
          {what} {job.state === "cancelled" ? "was cancelled" : "came to nothing"}.
        </strong>{" "}
        {job.error}
      </p>
      <a href={`/jobs/${job.id}`}>The job</a>
    </div>
  );
}
