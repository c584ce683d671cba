/** Every landing of a transaction: chains reorganise, and what was withdrawn can land again. */
import type { Schemas } from "../../api/client";
import { Box, Time } from "../../ui/atoms";

export function History({ spans }: { spans: readonly Schemas["SpanView"][] }) {
  return (
    <Box title="What became of it">
      <ol class="plain lines">
        {spans.map((one, place) => (
          <li key={one.seq}>
            <p>
              {place === 0 ? "Landed" : "Landed again"} <Time at={one.recorded_at} /> as #{one.seq}, moved{" "}
              <Time at={one.at} />
            </p>
            {one.withdrawn_at ? (
              <p>
                Withdrawn <Time at={one.withdrawn_at} />
                {one.reason && `: ${one.reason}`}
              </p>
            ) : (
              <p class="quiet">It counts.</p>
            )}
          </li>
        ))}
      </ol>
    </Box>
  );
}
