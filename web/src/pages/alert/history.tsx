/** What people and the worker have made of an alert. */
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { Box, Time } from "../../ui/atoms";
import { Listed } from "../../ui/listed";
import { Who } from "../../ui/person";
import type { Alert } from "../alerts/edits";

type Change = Schemas["AlertChangeView"];

export function HistoryBox({ alert }: { alert: Alert }) {
  const path = { alert: alert.id };
  // Asked again whenever the alert has another version.
  const listing = useListing(`${alert.id} ${alert.version}`, (cursor, signal) =>
    answered(api.GET("/api/v1/alerts/{alert}/history", { params: { path, query: cursor ? { cursor } : {} }, signal })),
  );
  return (
    <Box title="History">
      <div class="inside">
        <Listed listing={listing} what="changes" empty={<p>Nobody has worked on it yet.</p>}>
          {(rows) => (
            <ol class="notes plain">
              {rows.map((one) => (
                <li key={one.version}>
                  <small>
                    <Who id={one.actor} />, <Time at={one.at} />
                  </small>
                  <p>
                    <Steps change={one} />
                  </p>
                </li>
              ))}
            </ol>
          )}
        </Listed>
      </div>
    </Box>
  );
}

function Steps({ change }: { change: Change }) {
  const { status, assignee, verdict } = change;
  return (
    <>
      {status && `${status.from} → ${status.to}. `}
      {verdict?.to && `Found: ${verdict.to.replaceAll("_", " ")}. `}
      {assignee && (
        <>
          Assigned to <Who id={assignee.to} />.{" "}
        </>
      )}
      {change.reason && <span class="words">{change.reason}</span>}
    </>
  );
}
