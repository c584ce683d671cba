/** The last 24 hours by the hour, drawn and as a table for who cannot see the drawing. */
import { useMemo } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { currency } from "../../session/about";
import { Money, Time, Unknown } from "../../ui/atoms";
import { Chart } from "../../ui/chart";
import { counted, grouped, many, scored } from "../../ui/numbers";

type Hour = Schemas["HourView"];

/** Whole numbers only: there is no half alert. */
const whole = (value: number) => (Number.isInteger(value) ? counted(value) : "");
const short = (value: number) => scored(value);
const at = (hours: readonly Hour[]) => hours.map((hour) => Date.parse(hour.at) / 1000);

function Counts({ hours }: { hours: Hour[] }) {
  const decisions = hours.reduce((sum, hour) => sum + hour.transactions, 0);
  const alerts = hours.reduce((sum, hour) => sum + hour.alerts_opened, 0);
  const times = useMemo(() => at(hours), [hours]);
  const series = useMemo(
    () => [
      { label: "decisions", values: hours.map((hour) => hour.transactions), colour: "--line-strong", isStepped: true },
      { label: "alerts opened", values: hours.map((hour) => hour.alerts_opened), colour: "--critical", isBars: true },
    ],
    [hours],
  );
  return (
    <div class="drawn">
      <p>
        {many(decisions, "decision")},{" "}
        <a href={`/alerts?status=any&from=${encodeURIComponent(hours[0]?.at ?? "")}`}>{many(alerts, "alert")} opened</a>
      </p>
      <Chart label="Decisions and alerts opened by the hour" at={times} series={series} written={whole} />
      <Hours hours={hours} />
    </div>
  );
}

function Scores({ hours }: { hours: Hour[] }) {
  const highest = hours.reduce<number | null>((most, hour) => {
    const found = hour.max_risk_score;
    return found === null ? most : Math.max(most ?? 0, found);
  }, null);
  const times = useMemo(() => at(hours), [hours]);
  const series = useMemo(
    () => [
      { label: "highest", values: hours.map((hour) => hour.max_risk_score), colour: "--critical", isStepped: true },
      { label: "mean", values: hours.map((hour) => hour.mean_risk_score), colour: "--link", isStepped: true },
    ],
    [hours],
  );
  return (
    <div class="drawn">
      <p>
        highest {highest === null ? <Unknown /> : <strong>{scored(highest)}</strong>}; scores from 0 to 1, a gap is an
        hour without decisions
      </p>
      <Chart label="Mean and highest risk score by the hour" at={times} series={series} written={short} />
    </div>
  );
}

function Hours({ hours }: { hours: Hour[] }) {
  return (
    <details>
      <summary>By the hour, as a table</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col" class="number">
                Decisions
              </th>
              <th scope="col" class="number">
                Alerts
              </th>
              <th scope="col" class="number">
                Value <small>{currency()}</small>
              </th>
              <th scope="col" class="number">
                Mean score
              </th>
              <th scope="col" class="number">
                Highest
              </th>
            </tr>
          </thead>
          <tbody>
            {[...hours].reverse().map((hour) => (
              <Line key={hour.at} hour={hour} />
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Line({ hour }: { hour: Hour }) {
  const score = (found: number | null) => (found === null ? <Unknown /> : scored(found));
  return (
    <tr>
      <td>
        <Time at={hour.at} short />
      </td>
      <td class="number">{counted(hour.transactions)}</td>
      <td class="number">{counted(hour.alerts_opened)}</td>
      <td class="number" title={grouped(hour.value)}>
        <Money amount={hour.value} />
      </td>
      <td class="number">{score(hour.mean_risk_score)}</td>
      <td class="number">{score(hour.max_risk_score)}</td>
    </tr>
  );
}

export const Trend = { Counts, Scores };
