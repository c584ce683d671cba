/** A rule tried on history before it does anything: asked for here, followed by its job, told in its result. */
import { useSignal } from "@preact/signals";
import { answered, api, type Schemas } from "../../api/client";
import { useJob } from "../../api/job";
import { query, setQuery } from "../../router";
import { mayRun } from "../../session/me";
import { Box } from "../../ui/atoms";
import { Field } from "../../ui/fields";
import { JobProgress } from "../../ui/progress";
import { Failed, Loading } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { BacktestResult } from "./result";

type Asked = Pick<Schemas["BacktestInput"], "rule"> | Pick<Schemas["BacktestInput"], "rule_id">;

interface Props {
  asked: Asked;
  /** What is tried, in words: "version 3", "the draft above". */
  what: string;
  isBlocked: boolean;
}

export function BacktestBox({ asked, what, isBlocked }: Props) {
  const id = query.value.get("backtest");
  const job = useJob(id);
  return (
    <Box title="Backtest" aside={<span class="quiet">on what has landed, before it does anything</span>}>
      <div class="inside form">
        {mayRun() ? (
          <Asking asked={asked} what={what} isBlocked={isBlocked} />
        ) : (
          <p class="quiet">Supervisors and admins have rules tried.</p>
        )}
        {job.problem && <Failed problem={job.problem} again={job.again} />}
        {id && !job.data && !job.problem && <Loading what="the backtest" />}
        {job.data && <JobProgress job={job.data} what="Backtest" />}
        {job.data?.state === "succeeded" && job.data.result && (
          <BacktestResult
            result={job.data.result as unknown as Schemas["Backtest"]}
            at={job.data.finished_at ?? null}
          />
        )}
      </div>
    </Box>
  );
}

function Asking({ asked, what, isBlocked }: Props) {
  const from = useSignal("");
  const to = useSignal("");
  const limit = useSignal("100000");
  const start = useSubmit(async () => {
    const span = { from: from.value ? `${from.value}:00Z` : null, to: to.value ? `${to.value}:00Z` : null };
    const body = { ...asked, ...span, limit: Number(limit.value) } as Schemas["BacktestInput"];
    const job = await answered(api.POST("/api/v1/rules/backtest", { body }));
    setQuery({ backtest: job.id });
  });
  const of = { problem: start.problem };
  return (
    <form class="form" aria-label="Backtest" onSubmit={start.onSubmit}>
      <div class="filters">
        <Field label="Moved from, UTC" type="datetime-local" value={from} field="from" {...of} />
        <Field label="to just before, UTC" type="datetime-local" value={to} field="to" {...of} />
        <Field label="At most so many transactions" type="number" value={limit} field="limit" {...of} />
        <button type="submit" class="main" disabled={start.isBusy || isBlocked}>
          Try {what}
        </button>
      </div>
      {start.failure}
    </form>
  );
}
