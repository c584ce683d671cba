/** What was decided on a transaction, from what, and under which versions. */
import { useAsked } from "../../api/asking";
import { answered, api, Problem, type Schemas } from "../../api/client";
import { Box, Copy, SeverityMark, shortened, Time } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { many, scored } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { Replay } from "./replay";
import { Signals } from "./signals";

type Decision = Schemas["Decision"];

const FEW = 3;

/** The decision; the reason in words where there is none. */
async function ask(key: string, signal: AbortSignal): Promise<Decision | string> {
  try {
    return await answered(api.GET("/api/v1/transactions/{key}/decision", { params: { path: { key } }, signal }));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return error.detail;
    throw error;
  }
}

export function Decided({ transaction }: { transaction: string }) {
  const asked = useAsked(transaction, (signal) => ask(transaction, signal));
  return (
    <Shown asked={asked} what="the decision">
      {(found) =>
        typeof found === "string" ? (
          <Box title="Decision">
            <p class="state">There is no decision: {found}</p>
          </Box>
        ) : (
          <Made decision={found} />
        )
      }
    </Shown>
  );
}

function Made({ decision }: { decision: Decision }) {
  return (
    <div class="split">
      <div>
        <Box
          title="Decision"
          aside={decision.alert && <a href={`/alerts/${decision.alert}`}>Its alert {shortened(decision.alert)}</a>}
        >
          <div class="inside">
            <p class="row tight">
              <SeverityMark severity={decision.severity} />
              <strong class="score">{scored(decision.risk_score)}</strong>
              {decision.risk_category && <Category name={decision.risk_category} />}
            </p>
            <p>{decision.explanation}</p>
            {decision.reason_codes.length > 0 && (
              <p class="row tight">
                {decision.reason_codes.map((one) => (
                  <code key={one} class="tag">
                    {one}
                  </code>
                ))}
              </p>
            )}
          </div>
        </Box>
        <Signals signals={decision.signals} />
      </div>
      <div>
        <Versions decision={decision} />
        <Replay decision={decision.id} />
      </div>
    </div>
  );
}

function Versions({ decision }: { decision: Decision }) {
  const lines: [string, string][] = [
    ["Policy", decision.policy],
    ["Watermark", `#${decision.watermark}`],
    ["Took", `${decision.latency_ms.toFixed(1)} ms`],
  ];
  return (
    <Box title="Made with">
      <div class="inside">
        <dl class="facts">
          <dt>Decided</dt>
          <dd>
            <Time at={decision.decided_at} />
          </dd>
          {lines.map(([name, text]) => (
            <Line key={name} name={name} text={text} />
          ))}
          <dt>Rules</dt>
          <dd>
            <Versioned of={decision.rule_versions} what="rule" />
          </dd>
          <dt>Models</dt>
          <dd>
            <Versioned of={decision.model_versions} what="model" />
          </dd>
          <dt>Decision</dt>
          <dd>
            {shortened(decision.id, 10, 6)} <Copy text={decision.id} />
          </dd>
          <dt>Input hash</dt>
          <dd>
            <code title={decision.input_hash}>{shortened(decision.input_hash, 8, 8)}</code>{" "}
            <Copy text={decision.input_hash} />
          </dd>
        </dl>
      </div>
    </Box>
  );
}

function Line({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}

/** A few are told, many are counted and told on a click. */
function Versioned({ of, what }: { of: Record<string, string>; what: string }) {
  const told = Object.entries(of).map(([name, version]) => `${name.replaceAll("_", " ")} ${version}`);
  if (told.length === 0) return "none";
  if (told.length <= FEW) return told.join(", ");
  return (
    <details>
      <summary>{many(told.length, what)}</summary>
      <ul class="plain">
        {told.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </details>
  );
}
