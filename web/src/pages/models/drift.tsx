/** How far the wallets of now are from those that a model learned: the stability index over time and by feature. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { Box, Time } from "../../ui/atoms";
import { Chart, type Series } from "../../ui/chart";
import { counted, many } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { Table } from "../../ui/table";
import type { History } from "./words";

type Drift = Schemas["DriftView"];
type Page = Schemas["DriftPage"];

/** The score, and the features that moved most. */
const FIRST = 9;

const WORDS: Record<Drift["level"], string> = {
  none: "Nothing to see",
  notice: "Worth a look",
  alarm: "It sees other wallets than it learned: train it anew",
};

export function DriftBox({ model }: { model: History }) {
  const asked = useAsked(`${model.id} ${model.state}`, (signal) =>
    answered(
      api.GET("/api/v1/models/{model}/drift", { params: { path: { model: model.id }, query: { limit: 200 } }, signal }),
    ),
  );
  return (
    <Box title="Drift" aside={<span class="quiet">population stability index, 0 is none</span>}>
      <div class="inside form">
        <Shown asked={asked} what="drift">
          {(page) => {
            const [latest] = page.items;
            return latest ? <Measured page={page} latest={latest} /> : <p class="quiet">{never(model)}</p>;
          }}
        </Shown>
      </div>
    </Box>
  );
}

function never({ state }: History): string {
  const isComputed = state === "champion" || state === "shadow";
  return isComputed
    ? "Not measured yet: that is done with the next scoring run."
    : "Never measured: only a champion or a shadow is held against the graph of the day.";
}

function Measured({ page, latest }: { page: Page; latest: Drift }) {
  return (
    <>
      <p>
        <strong class={latest.level === "none" ? "" : "loud"}>
          {WORDS[latest.level]}: {latest.highest.toFixed(3)} at most.
        </strong>{" "}
        <span class="quiet">
          {many(latest.wallets, "wallet")} at #{counted(latest.watermark)}, <Time at={latest.measured_at} />
          {latest.run && (
            <>
              , run <span class="mono">{latest.run}</span>
            </>
          )}
        </span>
      </p>
      <OverTime page={page} />
      <ByFeature page={page} latest={latest} />
    </>
  );
}

function OverTime({ page }: { page: Page }) {
  const shown = useMemo(() => {
    const timed = page.items.filter((one) => one.measured_at !== null).reverse();
    const level = (label: string, value: number, colour: string): Series => ({
      label,
      values: timed.map(() => value),
      colour,
    });
    const series: Series[] = [
      { label: "highest", values: timed.map((one) => one.highest), colour: "--link" },
      { label: "score", values: timed.map((one) => one.score), colour: "--soft" },
      level(`notice ${page.notice}`, page.notice, "--high"),
      level(`alarm ${page.alarm}`, page.alarm, "--critical"),
    ];
    return { at: timed.map((one) => Date.parse(one.measured_at ?? "") / 1000), series };
  }, [page]);
  if (shown.at.length < 2) return <p class="quiet">Measured once; a line is drawn from the second time on.</p>;
  return <Chart label="Drift over time, with its thresholds" at={shown.at} series={shown.series} height={160} />;
}

function ByFeature({ page, latest }: { page: Page; latest: Drift }) {
  const isAll = useSignal(false);
  const all = [{ name: "the score itself", index: latest.score }, ...named(latest)];
  const rows = isAll.value ? all : all.slice(0, FIRST);
  const level = (index: number) => (index >= page.alarm ? "alarm" : index >= page.notice ? "notice" : "none");
  return (
    <>
      <Table
        name="Drift by feature"
        rows={rows}
        id={(one) => one.name}
        label={(one) => one.name}
        columns={[
          { head: "Of", cell: (one) => one.name.replaceAll("_", " "), by: (one) => one.name },
          { head: "Index", isNumber: true, cell: (one) => one.index.toFixed(3), by: (one) => one.index },
          {
            head: "",
            cell: (one) =>
              level(one.index) === "none" ? (
                <span class="quiet">nothing to see</span>
              ) : (
                <strong class="loud">{level(one.index)}</strong>
              ),
          },
        ]}
      />
      {rows.length < all.length && (
        <p class="row quiet">
          The {counted(FIRST - 1)} features that moved most of {counted(all.length - 1)}.
          <button
            type="button"
            onClick={() => {
              isAll.value = true;
            }}
          >
            Show all
          </button>
        </p>
      )}
    </>
  );
}

function named(latest: Drift) {
  return Object.entries(latest.features).map(([name, index]) => ({ name, index }));
}
