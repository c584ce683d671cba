/** Series over time or over a number, drawn by uPlot in the colours of the theme. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { colour, theme } from "./theme";

export interface Series {
  label: string;
  /** null where nothing is known: the line has a gap there. */
  values: (number | null)[];
  colour: string;
  isBars?: boolean;
  isStepped?: boolean;
}

const DAY_S = 86_400;
/** Ticks of the time axis by how far apart they are, 24 hours and the year first: what changes with a year or a day
 * stands below the first tick of it. */
const TICKS: uPlot.Axis.Values = [
  [365 * DAY_S, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * DAY_S, "{YYYY}-{MM}", null, null, null, null, null, null, 1],
  [DAY_S, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [0.001, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
];

interface Props {
  label: string;
  /** Unix seconds, or plain numbers with `isTime` false. */
  at: number[];
  series: Series[];
  isTime?: boolean;
  height?: number;
  /** How a value is written, with its unit. */
  written?: (value: number) => string;
}

export function Chart({ label, at, series, isTime = true, height = 180, written = String }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const now = theme.value;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const options: uPlot.Options = {
      width: element.clientWidth,
      height,
      scales: { x: { time: isTime, ...(series.some((one) => one.isBars) ? { range: withRoom } : {}) } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      axes: [
        { ...axis, ...(isTime ? { values: TICKS } : {}) },
        { ...axis, size: 64, values: (_, ticks) => ticks.map((one) => written(one)) },
      ],
      series: [
        isTime ? { label: "UTC", value: "{YYYY}-{MM}-{DD} {HH}:{mm}" } : {},
        ...series.map((one) => ({
          label: one.label,
          stroke: colour(one.colour),
          width: one.isBars ? 0 : 1.5,
          value: (_: uPlot, value: number | null, __: number, at: number | null) =>
            at === null ? "" : value === null ? "unknown" : written(value),
          ...(one.isBars
            ? { fill: colour(one.colour), points: { show: false }, paths: uPlot.paths.bars?.({ size: [0.8] }) as never }
            : {}),
          ...(one.isStepped ? { paths: uPlot.paths.stepped?.({ align: 1 }) as never } : {}),
        })),
      ],
    };
    const plot = new uPlot(options, [at, ...series.map((one) => one.values)], element);
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [at, series, now, height, isTime]);
  return <div class="chart" ref={box} role="img" aria-label={label} />;
}

/** The first and the last bar are as broad as the others: half of one beyond each end. */
function withRoom(plot: uPlot, least: number, most: number): [number, number] {
  const places = plot.data[0];
  const half = places.length > 1 ? (most - least) / (places.length - 1) / 2 : 43_200;
  return [least - half, most + half];
}
