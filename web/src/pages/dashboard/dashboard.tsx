/** What a supervisor reads at nine: what waits, how it went over night, and whether anything is broken. */
import "./dashboard.css";
import { useEffect } from "preact/hooks";
import { type Asking, useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { Box, Time } from "../../ui/atoms";
import { useKeys } from "../../ui/keys";
import { PageHead } from "../../ui/page";
import { Shown } from "../../ui/states";
import { Freshness } from "./freshness";
import { Latency, Verdicts, Volumes } from "./measures";
import { Queue } from "./queue";
import { Trend } from "./trend";

const AGAIN_MS = 30_000;

export default function Page() {
  const summary = useAsked("summary", (signal) => answered(api.GET("/api/v1/dashboard/summary", { signal })));
  const trend = useAsked("trend", (signal) => answered(api.GET("/api/v1/dashboard/risk-trend", { signal })));
  const again = () => {
    summary.again();
    trend.again();
  };
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  useKeys([{ key: "r", does: "ask for the figures again", run: again }], []);
  return (
    <>
      <PageHead
        title="Dashboard"
        beside={<AsOf summary={summary} />}
        actions={
          <button type="button" onClick={again} disabled={summary.isLoading}>
            Refresh <kbd>R</kbd>
          </button>
        }
      />
      <Shown asked={summary} what="the figures">
        {(found) => <Queue alerts={found.alerts} now={Date.parse(found.at)} />}
      </Shown>
      <div class="columns">
        <Box title="Decisions and alerts, last 24 hours">
          <Shown asked={trend} what="the last 24 hours">
            {(found) => <Trend.Counts hours={found.items} />}
          </Shown>
        </Box>
        <Box title="Risk scores, last 24 hours">
          <Shown asked={trend} what="the last 24 hours">
            {(found) => <Trend.Scores hours={found.items} />}
          </Shown>
        </Box>
      </div>
      {summary.data && <Measures found={summary.data} />}
    </>
  );
}

function Measures({ found }: { found: Schemas["SummaryView"] }) {
  return (
    <>
      <Volumes volumes={found.volumes} />
      <div class="columns">
        <Verdicts verdicts={found.verdicts} />
        <Latency latency={found.latency} />
        <Freshness summary={found} />
      </div>
    </>
  );
}

function AsOf({ summary }: { summary: Asking<Schemas["SummaryView"]> }) {
  if (!summary.data) return null;
  return (
    <span class="quiet" role="status">
      {summary.problem ? "not renewed since " : "as of "}
      <Time at={summary.data.at} />
    </span>
  );
}
