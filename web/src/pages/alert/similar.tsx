/** Other alerts of the same cause. */
import { answered, api } from "../../api/client";
import { useAsked } from "../../api/asking";
import { Box, SeverityMark } from "../../ui/atoms";
import { Shown } from "../../ui/states";
import type { Alert } from "../alerts/edits";
import { Status } from "../alerts/table";

const SHOWN = 5;

export function Similar({ alert }: { alert: Alert }) {
  const query = { group: alert.group_id, limit: SHOWN + 1 };
  const asked = useAsked(alert.group_id, (signal) =>
    answered(api.GET("/api/v1/alerts", { params: { query }, signal })),
  );
  return (
    <Box
      title="Of the same cause"
      aside={<a href={`/alerts?status=any&group=${encodeURIComponent(alert.group_id)}`}>All in the queue</a>}
    >
      <div class="inside">
        <Shown asked={asked} what="similar alerts">
          {(page) => {
            const others = page.items.filter((one) => one.id !== alert.id).slice(0, SHOWN);
            if (others.length === 0) return <p class="quiet">It is the only one.</p>;
            return (
              <ul class="notes plain">
                {others.map((one) => (
                  <li key={one.id}>
                    <span class="row">
                      <SeverityMark severity={one.severity} /> <Status alert={one} />
                    </span>
                    <a href={`/alerts/${one.id}`}>{one.explanation}</a>
                  </li>
                ))}
              </ul>
            );
          }}
        </Shown>
      </div>
    </Box>
  );
}
