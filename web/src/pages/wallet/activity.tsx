/** What came in and went out over time: above the line in, below it out. */
import { useMemo } from "preact/hooks";
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { query } from "../../router";
import { currency } from "../../session/about";
import { Box, Money, Time } from "../../ui/atoms";
import { Chart, type Series } from "../../ui/chart";
import { counted, many } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { type Bucket, filled, fitting, PERS, type Per } from "./buckets";
import { clockNow, here } from "./clock";

const MEASURES = ["value", "count"] as const;
type Measure = (typeof MEASURES)[number];

export function Activity({ wallet }: { wallet: Schemas["WalletView"] }) {
  const per = PERS.find((one) => one === query.value.get("per")) ?? fitting(wallet.first_at, wallet.last_at);
  const measure = MEASURES.find((one) => one === query.value.get("measure")) ?? "value";
  const until = clockNow().as_of;
  const asked = useAsked(`${wallet.key} ${per} ${until}`, (signal) => {
    const params = { path: { key: wallet.key }, query: { bucket: per, until } };
    return answered(api.GET("/api/v1/wallets/{key}/activity", { params, signal }));
  });
  return (
    <Box title="Over time" aside={<Choices per={per} measure={measure} />}>
      <div class="inside">
        <Shown asked={asked} what="what moved over time">
          {(found) => <Drawn found={found} measure={measure} />}
        </Shown>
      </div>
    </Box>
  );
}

function Choices({ per, measure }: { per: Per; measure: Measure }) {
  return (
    <div class="row">
      <fieldset class="choice">
        <legend class="unseen">What is drawn</legend>
        {MEASURES.map((one) => (
          <a key={one} href={here({ measure: one })} {...(one === measure ? { "aria-current": "true" as const } : {})}>
            {one}
          </a>
        ))}
      </fieldset>
      <fieldset class="choice">
        <legend class="unseen">Per</legend>
        {PERS.map((one) => (
          <a key={one} href={here({ per: one })} {...(one === per ? { "aria-current": "true" as const } : {})}>
            {one}
          </a>
        ))}
      </fieldset>
    </div>
  );
}

function Drawn({ found, measure }: { found: Schemas["ActivityView"]; measure: Measure }) {
  const { at, series } = useMemo(() => drawn(found, measure), [found, measure]);
  if (found.buckets.length === 0) return <p class="quiet">Nothing has moved between this wallet and another.</p>;
  const unit = measure === "value" ? currency() : "movements";
  return (
    <>
      {found.cut_before && (
        <p class="notice">
          More has moved than is drawn: from <Time at={found.cut_before} short /> on it is whole, before that it is left
          out.
        </p>
      )}
      <p class="legend">
        <span class="row tight">
          <span class="swatch in" /> in, above the line
        </span>
        <span class="row tight">
          <span class="swatch out" /> out, below it
        </span>
        <span class="quiet">{unit}, UTC</span>
      </p>
      <Chart
        label={`${measure === "value" ? "Value" : "Movements"} in and out per ${found.bucket}`}
        at={at}
        series={series}
        height={170}
        written={short}
      />
      <details>
        <summary>The same as a table</summary>
        <Rows buckets={found.buckets} per={found.bucket} />
      </details>
    </>
  );
}

/** For the eye only: the exact values stand in the table. */
function drawn(found: Schemas["ActivityView"], measure: Measure): { at: number[]; series: Series[] } {
  const buckets = filled(found.buckets, found.bucket);
  const values = (side: "in" | "out") => buckets.map((one) => Number(one[`${side}_${measure}`]));
  return {
    at: buckets.map((one) => Date.parse(one.starts_at) / 1000),
    series: [
      { label: "in", values: values("in"), colour: "--exchange", isBars: true },
      { label: "out", values: values("out").map((one) => -one), colour: "--theft", isBars: true },
    ],
  };
}

const LETTERS: [number, string][] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

function short(value: number): string {
  const size = Math.abs(value);
  const [least, letter] = LETTERS.find(([one]) => size >= one) ?? [1, ""];
  return `${Number((size / least).toPrecision(3))}${letter && ` ${letter}`}`;
}

function Rows({ buckets, per }: { buckets: readonly Bucket[]; per: Per }) {
  return (
    <section class="scroll tall" aria-label={`What moved per ${per}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              {per} from <small>UTC</small>
            </th>
            {["In", "Out"].map((side) => (
              <th key={side} scope="col" class="number">
                {side} <small>{currency()}</small>
              </th>
            ))}
            <th scope="col" class="number">
              Movements in
            </th>
            <th scope="col" class="number">
              Movements out
            </th>
          </tr>
        </thead>
        <tbody>
          {[...buckets].reverse().map((one) => (
            <tr key={one.starts_at} title={many(one.in_count + one.out_count, "movement")}>
              <td>{one.starts_at.slice(0, 10)}</td>
              <td class="number">
                <Money amount={one.in_value} />
              </td>
              <td class="number">
                <Money amount={one.out_value} />
              </td>
              <td class="number">{counted(one.in_count)}</td>
              <td class="number">{counted(one.out_count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
