/** Whether what is shown is fresh, and what is broken: jobs, scores, checkpoints, servers. */
import { useAsked } from "../../api/asking";
import { answered, api, type Problem, type Schemas } from "../../api/client";
import { Box, Time } from "../../ui/atoms";
import { counted, lasting, many } from "../../ui/numbers";

type Summary = Schemas["SummaryView"];

export function Freshness({ summary }: { summary: Summary }) {
  return (
    <Box title="Freshness and health">
      <div class="inside">
        <dl class="facts">
          <Jobs jobs={summary.jobs} now={Date.parse(summary.at)} />
          <Scores summary={summary} />
          <Checkpoints />
          <dt>policy</dt>
          <dd>
            <a href={`/policies/${encodeURIComponent(summary.policy)}`}>{summary.policy}</a>
          </dd>
          <dt>graph</dt>
          <dd>up to event #{counted(summary.watermark)}</dd>
          <Servers />
        </dl>
      </div>
    </Box>
  );
}

function Jobs({ jobs, now }: { jobs: Summary["jobs"]; now: number }) {
  const bad = (count: number) => (count ? "loud" : "");
  return (
    <>
      <dt>jobs that failed</dt>
      <dd>
        <a class={bad(jobs.failed)} href="/jobs?state=failed">
          {counted(jobs.failed)} failed
        </a>
        {", "}
        <a class={bad(jobs.dead)} href="/jobs?state=dead">
          {counted(jobs.dead)} given up
        </a>
      </dd>
      <dt>jobs under way</dt>
      <dd>
        <a href="/jobs?state=running">{counted(jobs.running)} running</a>
        {", "}
        <a href="/jobs?state=queued">{counted(jobs.queued)} waiting</a>
        {jobs.oldest_queued_at && <small> for {lasting((now - Date.parse(jobs.oldest_queued_at)) / 1000)}</small>}
      </dd>
    </>
  );
}

function Scores({ summary }: { summary: Summary }) {
  const runs = useAsked(`runs ${summary.at}`, (signal) =>
    answered(api.GET("/api/v1/scoring-runs", { params: { query: { limit: 20 } }, signal })),
  );
  const latest = runs.data?.items.find((run) => run.finished_at);
  return (
    <>
      <dt>scores</dt>
      <dd>
        {latest ? (
          <>
            all wallets scored <Time at={latest.finished_at} short />{" "}
            <a href={`/jobs/${encodeURIComponent(latest.job)}`}>the run</a>
          </>
        ) : runs.problem ? (
          <Told problem={runs.problem} />
        ) : (
          runs.data && "all wallets were never scored"
        )}
        {"; "}
        {summary.marks_pending === 0 ? "none is stale" : many(summary.marks_pending, "wallet waits", "wallets wait")}
      </dd>
    </>
  );
}

/** What readiness calls the signing of checkpoints, in words. */
const CHECKPOINTS: Record<Schemas["ReadinessView"]["checkpoints"], string> = {
  ok: "signed on time",
  off: "not signed: there is no key",
  failing: "signing fails",
  refused: "refused: the log is not what was signed",
  late: "late",
};

function Checkpoints() {
  const latest = useAsked("checkpoints", (signal) =>
    answered(api.GET("/api/v1/audit/checkpoints", { params: { query: { limit: 1 } }, signal })),
  );
  const found = latest.data?.items[0];
  return (
    <>
      <dt>checkpoints</dt>
      <dd>
        {found ? (
          <>
            the latest <Time at={found.at} short />, of <a href="/audit">{many(found.size, "event")}</a>
          </>
        ) : latest.problem ? (
          <Told problem={latest.problem} />
        ) : (
          latest.data && <a href="/audit">none was signed yet</a>
        )}
      </dd>
    </>
  );
}

function Servers() {
  const ready = useAsked("ready", (signal) => answered(api.GET("/api/v1/health/ready", { signal })));
  const found = ready.data;
  return (
    <>
      <dt>servers</dt>
      <dd>
        {found && <Ready ready={found} />}
        {ready.problem && <Told problem={ready.problem} />}
      </dd>
    </>
  );
}

function Ready({ ready }: { ready: Schemas["ReadinessView"] }) {
  const { checkpoints, kafka } = ready;
  return (
    <>
      {ready.status === "ready" ? "ready" : ready.status}; checkpoints{" "}
      <span class={checkpoints === "ok" || checkpoints === "off" ? "" : "loud"}>{CHECKPOINTS[checkpoints]}</span>
      {kafka && (
        <>
          ; Kafka <span class={kafka.status === "degraded" ? "loud" : ""}>{kafka.status}</span>
          {kafka.failing_since && (
            <>
              {" "}
              since <Time at={kafka.failing_since} short />
            </>
          )}
        </>
      )}
    </>
  );
}

function Told({ problem }: { problem: Problem }) {
  return (
    <span class="loud">
      {problem.title}. {[problem.detail, ...problem.fields.map((one) => `${one.field} ${one.message}`)].join(" ")}
    </span>
  );
}
