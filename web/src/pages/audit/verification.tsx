/** Whether the log holds: checked by this browser at once, and by a worker, event by event, when asked. */
import { useSignal } from "@preact/signals";
import { type Asking, useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { type Job, useJob } from "../../api/job";
import { isOneOf } from "../../session/me";
import { Box, Time } from "../../ui/atoms";
import { useKeys } from "../../ui/keys";
import { many } from "../../ui/numbers";
import { JobProgress } from "../../ui/progress";
import { Shown } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { Checkpoints } from "./checkpoints";
import { Findings, Held } from "./findings";
import { cannotCheck, checkHere } from "./here";

export function Verification() {
  return (
    <div class="columns">
      <Box title="Checked by this browser">
        <div class="inside">
          <Here />
        </div>
      </Box>
      <Box title="Verified by a worker">
        <div class="inside">
          <ByWorker />
        </div>
      </Box>
      <Checkpoints />
    </div>
  );
}

function Here() {
  const reason = cannotCheck();
  const checked = useAsked("here", (signal) => (reason ? Promise.resolve([]) : checkHere(signal)));
  if (reason) return <p class="notice">{reason} Ask a worker, or run headwater verify.</p>;
  return (
    <Shown asked={checked} what="checkpoint">
      {(findings) => <Findings of={findings} />}
    </Shown>
  );
}

function ByWorker() {
  const mayAsk = isOneOf("supervisor", "admin", "auditor");
  const asked = useSignal<string | null>(null);
  const last = useAsked("last", async (signal) => {
    const query = { name: "verify_log", limit: 1 };
    return answered(api.GET("/api/v1/jobs", { params: { query }, signal }));
  });
  const job = useJob(asked.value ?? last.data?.items[0]?.id ?? null);
  const submit = useSubmit(async () => {
    asked.value = (await answered(api.POST("/api/v1/audit/verifications"))).id;
    job.again();
  });
  useKeys(mayAsk ? [{ key: "v", does: "verify the log now", run: () => void submit.run() }] : [], [mayAsk]);
  return (
    <>
      <Shown asked={last} what="last verification">
        {(found) =>
          found.items.length === 0 && !asked.value ? (
            <p class="quiet">Nobody has asked for it yet.</p>
          ) : (
            <Latest of={job} />
          )
        }
      </Shown>
      <p class="quiet">
        Every event is read and hashed again and held against the checkpoints in the ledger. Who may edit the ledger may
        edit those, too: auditors hold it against checkpoints that they kept, with <code>headwater verify</code>.
      </p>
      {mayAsk && (
        <p class="row">
          <button type="button" onClick={() => void submit.run()} disabled={submit.isBusy}>
            Verify now <kbd>V</kbd>
          </button>
        </p>
      )}
      {submit.failure}
    </>
  );
}

function Latest({ of }: { of: Asking<Job | null> }) {
  return (
    <Shown asked={of} what="last verification">
      {(job) => job && <Outcome job={job} />}
    </Shown>
  );
}

function Outcome({ job }: { job: Job }) {
  if (job.state !== "succeeded") return <JobProgress job={job} what="Verification" />;
  const { events, checkpoints, reads, findings, findings_total: total } = job.result as unknown as Result;
  const done = `${many(events, "event")} walked, compared with ${many(checkpoints, "checkpoint")}; ${many(reads, "logged read")}`;
  return (
    <>
      <p>
        <Held holds={findings.length === 0} /> {done}.{" "}
        <small>
          <Time at={job.finished_at} />
        </small>
      </p>
      {findings.length > 0 && (
        <ul class="wrong">
          {findings.map((one) => (
            <li key={one}>{one}</li>
          ))}
          {total > findings.length && <li>and {total - findings.length} more: headwater verify tells all</li>}
        </ul>
      )}
    </>
  );
}

/** What the job says when it is done. */
interface Result {
  events: number;
  reads: number;
  checkpoints: number;
  findings: string[];
  findings_total: number;
}
