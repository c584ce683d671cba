/** How the money travelled: left is earlier, width is value, a line is a set of transactions that a click lists. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { navigate } from "../../router";
import { currency } from "../../session/about";
import { Box, shortened } from "../../ui/atoms";
import { categoryClass, categoryColour } from "../../ui/categories";
import { grouped, many } from "../../ui/numbers";
import { type Explanation, type FlowEdge, type FlowNode, type FlowPicture, layOut, written } from "./flow_layout";
import { TransactionsDialog } from "./transactions";

const WIDTH = 150,
  HEIGHT = 30,
  GAP = 130,
  STEP = 50,
  MARGIN = 12;
const THINNEST = 1.5,
  THICKEST = 14;
const FEW = 4;

export function FlowPictureBox({ found }: { found: Explanation }) {
  const isAll = useSignal(false);
  const opened = useSignal<FlowEdge | null>(null);
  const picture = useMemo(() => layOut(found, isAll.value ? Number.POSITIVE_INFINITY : FEW), [found, isAll.value]);
  const hasMore = useMemo(
    () => layOut(found, FEW).edges.length < layOut(found, Number.POSITIVE_INFINITY).edges.length,
    [found],
  );
  return (
    <Box
      title="How it travelled"
      aside={<small>left: earlier · width: value · click a line for its transactions</small>}
    >
      <div class="inside">
        {picture.edges.length === 0 ? (
          <p class="quiet">No way of the money to or from a listed wallet was found within the hops followed.</p>
        ) : (
          <div class="flow-scroll">
            <Picture picture={picture} open={(edge) => (opened.value = edge)} />
          </div>
        )}
        <p class="row">
          {hasMore && (
            <button type="button" class="bare" onClick={() => (isAll.value = !isAll.value)}>
              {isAll.value ? "Only the weightiest ways" : "All ways that were found"}
            </button>
          )}
          {found.truncated && <span class="notice">There are more ways than were followed.</span>}
        </p>
      </div>
      {opened.value && <TransactionsDialog edge={opened.value} close={() => (opened.value = null)} />}
    </Box>
  );
}

function Picture({ picture, open }: { picture: FlowPicture; open: (edge: FlowEdge) => void }) {
  const places = new Map(picture.nodes.map((one) => [one.key, place(one)]));
  const width = MARGIN * 2 + picture.columns * WIDTH + (picture.columns - 1) * GAP;
  const height = MARGIN * 2 + picture.rows * STEP;
  const most = picture.edges.reduce((top, one) => (one.micro > top ? one.micro : top), 1n);
  return (
    <svg
      class="flow"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label="Ways of the money"
    >
      {picture.edges.map((edge) => (
        <Line key={edge.id} edge={edge} from={places.get(edge.from)} to={places.get(edge.to)} most={most} open={open} />
      ))}
      {picture.nodes.map((node) => (
        <Wallet key={node.key} node={node} />
      ))}
    </svg>
  );
}

interface Place {
  x: number;
  y: number;
}

function place(node: FlowNode): Place {
  return { x: MARGIN + node.column * (WIDTH + GAP), y: MARGIN + node.row * STEP + (STEP - HEIGHT) / 2 };
}

interface LineProps {
  edge: FlowEdge;
  from: Place | undefined;
  to: Place | undefined;
  most: bigint;
  open: (edge: FlowEdge) => void;
}

function Line({ edge, from, to, most, open }: LineProps) {
  if (!from || !to) return null;
  const start = { x: from.x + WIDTH, y: from.y + HEIGHT / 2 };
  const end = { x: to.x, y: to.y + HEIGHT / 2 };
  const bend = Math.max(40, Math.abs(end.x - start.x) / 2);
  const width = Math.max(THINNEST, THICKEST * Math.sqrt(Number((edge.micro * 10_000n) / most) / 10_000));
  const value = `${grouped(written(edge.micro))} ${currency()}`;
  const label = `${shortened(edge.from)} to ${shortened(edge.to)}: ${value}, ${many(edge.steps.length, "transaction")}`;
  return (
    // An anchor of a drawing takes focus and clicks as a button does, and HTML has no button in SVG.
    <g
      class={edge.isPayment ? "line payment" : "line"}
      role="button"
      tabindex={0}
      aria-label={label}
      onClick={() => open(edge)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        open(edge);
      }}
    >
      <title>{label}</title>
      <path class="reach" d={curve(start, end, bend)} />
      <path class="seen" d={curve(start, end, bend)} stroke-width={width} />
      <path class="head" d={`M${end.x - 7},${end.y - 4} L${end.x},${end.y} L${end.x - 7},${end.y + 4}`} />
      <text x={(start.x + end.x) / 2} y={(start.y + end.y) / 2 - width / 2 - 3} text-anchor="middle">
        {grouped(written(edge.micro))}
      </text>
    </g>
  );
}

function curve(start: Place, end: Place, bend: number): string {
  return `M${start.x},${start.y} C${start.x + bend},${start.y} ${end.x - bend},${end.y} ${end.x},${end.y}`;
}

function Wallet({ node }: { node: FlowNode }) {
  const { x, y } = place(node);
  const address = `/wallets/${encodeURIComponent(node.key)}`;
  const words = node.category?.replaceAll("_", " ");
  const title = [node.actor, node.key, words].filter(Boolean).join(", ");
  return (
    <a
      class={node.isParty ? "wallet party" : "wallet"}
      href={address}
      aria-label={title}
      onClick={(event) => {
        event.preventDefault();
        navigate(address);
      }}
    >
      <title>{title}</title>
      <rect x={x} y={y} width={WIDTH} height={HEIGHT} rx={3} />
      {node.category && <Mark category={node.category} x={x + 12} y={y + HEIGHT / 2} />}
      <text x={x + (node.category ? 24 : 10)} y={y + HEIGHT / 2 + 4}>
        {fitting(node.actor ?? shortened(node.key), node.category ? 18 : 20)}
      </text>
    </a>
  );
}

/** Its class as a shape, its category as a colour: diamond illicit, square service, circle else. */
function Mark({ category, x, y }: { category: string; x: number; y: number }) {
  const style = { fill: `var(${categoryColour(category)})` };
  const class_ = categoryClass(category);
  if (class_ === "illicit")
    return <path d={`M${x},${y - 7} L${x + 7},${y} L${x},${y + 7} L${x - 7},${y} Z`} style={style} />;
  if (class_ === "service") return <rect x={x - 5} y={y - 5} width={10} height={10} style={style} />;
  return <circle cx={x} cy={y} r={5} style={style} />;
}

function fitting(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
