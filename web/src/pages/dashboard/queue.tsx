/** The queue of alerts now: how bad, how old, whose. */
import type { Schemas } from "../../api/client";
import { Time } from "../../ui/atoms";
import { counted, lasting } from "../../ui/numbers";
import { Figure } from "./figure";

type Alerts = Schemas["AlertsView"];

const HOUR_MS = 3_600_000,
  DAY_MS = 24 * HOUR_MS,
  WEEK_MS = 7 * DAY_MS;

export function Queue({ alerts, now }: { alerts: Alerts; now: number }) {
  const waiting = alerts.waiting;
  const by = alerts.by_status;
  const tone = (count: number | undefined, loud: "critical" | "high") => (count ? loud : "");
  return (
    <section aria-label="Alerts that wait" class="figures">
      <Figure label="critical, waiting" href="/alerts?severity=critical" tone={tone(waiting.critical, "critical")}>
        {counted(waiting.critical ?? 0)}
      </Figure>
      <Figure label="high, waiting" href="/alerts?severity=high" tone={tone(waiting.high, "high")}>
        {counted(waiting.high ?? 0)}
      </Figure>
      <Figure label="low, waiting" href="/alerts?severity=low">
        {counted(waiting.low ?? 0)}
      </Figure>
      <Figure
        label="oldest that waits"
        href={`/alerts?to=${encodeURIComponent(new Date(now - DAY_MS).toISOString())}`}
        beneath={alerts.oldest_at && <Time at={alerts.oldest_at} short />}
      >
        {alerts.oldest_at ? lasting((now - Date.parse(alerts.oldest_at)) / 1000) : "none waits"}
      </Figure>
      <Figure label="of nobody" href="/alerts?assignee=none">
        {counted(alerts.unassigned)}
      </Figure>
      <Figure label="mine" href="/alerts?assignee=me">
        {counted(alerts.mine)}
      </Figure>
      <Figure label="open" href="/alerts?status=open" beneath={`${counted(by.acknowledged ?? 0)} more acknowledged`}>
        {counted(by.open ?? 0)}
      </Figure>
      <Ages ages={alerts.ages} now={now} />
    </section>
  );
}

/** How long they have been waiting, each band with its list. */
function Ages({ ages, now }: { ages: Alerts["ages"]; now: number }) {
  const at = (ago: number) => encodeURIComponent(new Date(now - ago).toISOString());
  const bands: [string, number, string][] = [
    ["up to 1 h", ages.up_to_1_hour, `from=${at(HOUR_MS)}`],
    ["1 h to 1 d", ages.up_to_1_day, `from=${at(DAY_MS)}&to=${at(HOUR_MS)}`],
    ["1 d to 7 d", ages.up_to_7_days, `from=${at(WEEK_MS)}&to=${at(DAY_MS)}`],
    ["over 7 d", ages.over_7_days, `to=${at(WEEK_MS)}`],
  ];
  return (
    <div class="figure ages">
      <span class="what">waiting for</span>
      <dl>
        {bands.map(([name, count, query]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <a href={`/alerts?${query}`}>{counted(count)}</a>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
