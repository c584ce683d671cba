/** Why this score: every signal with its weight, what it was made of, and why one is missing. */
import type { Schemas } from "../../api/client";
import { Box } from "../../ui/atoms";
import { Meter } from "../../ui/bar";
import { percent, scored } from "../../ui/numbers";
import { reasonWords } from "../../ui/words";

type Signal = Schemas["Signal"];

export function Signals({ decision }: { decision: Schemas["Decision"] }) {
  const versions = { ...decision.rule_versions, ...decision.model_versions };
  return (
    <Box title="Why this score" aside={<small>policy {decision.policy}</small>}>
      <ul class="inside plain">
        {decision.signals.map((one) => (
          <Line key={one.name} signal={one} />
        ))}
      </ul>
      <details class="inside">
        <summary>Versions</summary>
        <dl class="facts">
          {Object.entries(versions).map(([name, version]) => (
            <Version key={name} name={name} version={String(version)} />
          ))}
        </dl>
      </details>
    </Box>
  );
}

function Version({ name, version }: { name: string; version: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{version}</dd>
    </>
  );
}

function Line({ signal }: { signal: Signal }) {
  return (
    <li class="signal">
      <span class="name">{signal.name.replaceAll("_", " ")}</span>
      {signal.value === null ? (
        <span class="quiet">skipped: {signal.skipped}</span>
      ) : (
        <>
          <span class="number">{scored(signal.value)}</span>
          <Meter value={signal.value} />
          <small class="number" title="The weight it had, of 1">
            × {(signal.effective_weight ?? signal.weight).toFixed(2)}
          </small>
        </>
      )}
      {signal.contributions.length > 0 && (
        <ul class="reasons plain">
          {signal.contributions.map((one) => (
            <li key={`${one.reason} ${one.detail}`} title={one.reason}>
              {reasonWords(one.reason)}
              {one.share !== null && <> {percent(one.share)}</>} <small>{one.detail}</small>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
