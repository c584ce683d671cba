/** What went into a decision: each signal, what it weighed, and what it was made of. */
import type { Schemas } from "../../api/client";
import { Box } from "../../ui/atoms";
import { Meter } from "../../ui/bar";
import { percent, scored } from "../../ui/numbers";

export function Signals({ signals }: { signals: readonly Schemas["Signal"][] }) {
  return (
    <Box title="Signals">
      {signals.length === 0 && <p class="state">No signal went into it.</p>}
      <ul class="plain lines">
        {signals.map((one) => (
          <Signal key={one.name} signal={one} />
        ))}
      </ul>
    </Box>
  );
}

function Signal({ signal }: { signal: Schemas["Signal"] }) {
  const weight = signal.effective_weight ?? signal.weight;
  return (
    <li class="form signal">
      <div class="signal-line">
        <strong>{signal.name.replaceAll("_", " ")}</strong>
        {signal.value === null ? (
          <span class="quiet unknown">unknown</span>
        ) : (
          <>
            <Meter value={signal.value} />
            <span class="number" title={String(signal.value)}>
              {scored(signal.value)}
            </span>
          </>
        )}
        <span class="quiet" title={`weight of the policy ${signal.weight}`}>
          weight {Number(weight.toFixed(3))}
        </span>
      </div>
      {signal.skipped && <p class="quiet">Skipped: {signal.skipped}</p>}
      {(signal.contributions ?? []).length > 0 && (
        <ul class="contributions">
          {signal.contributions?.map((one) => (
            <li key={`${one.reason} ${one.detail}`}>
              <code>{one.reason}</code> {scored(one.value)}
              {one.share != null && ` (${percent(one.share)})`} {one.detail}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
