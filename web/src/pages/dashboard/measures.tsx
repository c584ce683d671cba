/** What was decided, how fast, and what people made of it. */
import type { Schemas } from "../../api/client";
import { currency } from "../../session/about";
import { Box, Money, type Severity, SeverityMark, Share, Time, Unknown } from "../../ui/atoms";
import { counted, many } from "../../ui/numbers";

const SEVERITIES: readonly Severity[] = ["critical", "high", "low", "none"];

export function Volumes({ volumes }: { volumes: Schemas["VolumesView"] }) {
  const spans = [
    ["last hour", volumes.last_hour],
    ["last 24 hours", volumes.last_24_hours],
    ["last 7 days", volumes.last_7_days],
  ] as const;
  return (
    <Box title="Payments decided" aside={<small>counted from when they were put on record</small>}>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Span</th>
              <th scope="col">Since</th>
              <th scope="col" class="number">
                Payments
              </th>
              <th scope="col" class="number">
                Value <small>{currency()}</small>
              </th>
              {SEVERITIES.map((one) => (
                <th key={one} scope="col" class="number">
                  <SeverityMark severity={one} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {spans.map(([name, volume]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <Time at={volume.since} short />
                </td>
                <td class="number">{counted(volume.transactions)}</td>
                <td class="number">
                  <Money amount={volume.value} />
                </td>
                {SEVERITIES.map((one) => (
                  <td key={one} class="number">
                    <Decided severity={one} volume={volume} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Box>
  );
}

/** Decisions of a severity; those that raise alerts lead to them. */
function Decided({ severity, volume }: { severity: Severity; volume: Schemas["VolumeView"] }) {
  const count = counted(volume.decisions[severity] ?? 0);
  if (severity === "low" || severity === "none") return <>{count}</>;
  return <a href={`/alerts?status=any&severity=${severity}&from=${encodeURIComponent(volume.since)}`}>{count}</a>;
}

export function Verdicts({ verdicts }: { verdicts: Schemas["VerdictsView"] }) {
  const resolved = "/alerts?status=resolved";
  return (
    <Box title="Verdicts, last 30 days">
      <div class="inside">
        <dl class="facts">
          <dt>precision</dt>
          <dd>
            <strong>
              <Share share={verdicts.precision} />
            </strong>{" "}
            <small>of alerts found true or false were true</small>
          </dd>
          <dt>confirmed</dt>
          <dd>
            <a href={resolved}>{counted(verdicts.confirmed)}</a>
          </dd>
          <dt>false positive</dt>
          <dd>
            <a href="/alerts?status=dismissed">{counted(verdicts.false_positive)}</a>
          </dd>
          <dt>inconclusive</dt>
          <dd>
            <a href={resolved}>{counted(verdicts.inconclusive)}</a>
          </dd>
          <dt>suppressed</dt>
          <dd>
            <a href="/alerts?status=any&suppressed=true">{counted(verdicts.suppressed)}</a>{" "}
            <small>closed as they came, looked at by nobody</small>
          </dd>
        </dl>
      </div>
    </Box>
  );
}

export function Latency({ latency }: { latency: Schemas["LatencyView"] }) {
  const parts = [
    ["half within", latency.p50_ms],
    ["95 of 100 within", latency.p95_ms],
    ["99 of 100 within", latency.p99_ms],
  ] as const;
  return (
    <Box title="Time to a decision">
      <div class="inside">
        <dl class="facts">
          {parts.map(([name, found]) => [
            <dt key={name}>{name}</dt>,
            <dd key={`${name}.`}>{found === null ? <Unknown /> : <Milliseconds value={found} />}</dd>,
          ])}
        </dl>
        <small>
          from arrival to decision, since <Time at={latency.since} short />
        </small>
      </div>
    </Box>
  );
}

function Milliseconds({ value }: { value: number }) {
  const [text, unit] = value < 1000 ? [value.toFixed(1), "ms"] : [(value / 1000).toFixed(1), "s"];
  return (
    <span class="number" title={many(value, "millisecond")}>
      <strong>{text}</strong> <small>{unit}</small>
    </span>
  );
}
