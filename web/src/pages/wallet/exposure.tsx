/** One side of a wallet's exposure: a bar that adds up to 100 %, and what stands behind each part of it. */
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { query, setQuery } from "../../router";
import { currency } from "../../session/about";
import { Box, Money, Share } from "../../ui/atoms";
import { Bar, type Segment } from "../../ui/bar";
import { Category, categoryColour } from "../../ui/categories";
import { counted, many, percent } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { clockNow, told } from "./clock";
import { Stops } from "./stops";
import { type Side, stopMeaning, stopName } from "./words";

type ExposureView = Schemas["ExposureView"];
type CategoryShare = Schemas["CategoryShareView"];

const TITLES: Record<Side, string> = {
  source: "Where the money came from",
  destination: "Where the money went",
};
const CLASS_ORDER = ["illicit", "service", "neutral"];
/** Below it the graph has not seen all of a wallet's money. */
const ENOUGH_COVERAGE = 0.9;

export function Exposure({ wallet, side }: { wallet: string; side: Side }) {
  const { hops, as_of, known_at } = clockNow();
  const asked = useAsked(`${wallet} ${side} ${told(clockNow())}`, (signal) => {
    const params = { path: { key: wallet }, query: { direction: side, hops, as_of, known_at } };
    return answered(api.GET("/api/v1/wallets/{key}/exposure", { params, signal }));
  });
  return (
    <Box
      title={TITLES[side]}
      aside={
        <small>
          {side}, {many(hops, "hop")}
          {asked.data && ` · ${asked.data.exact ? "exact" : "cut"} at #${counted(asked.data.watermark)}`}
        </small>
      }
    >
      <div class="inside">
        <Shown asked={asked} what={`the ${side} side`}>
          {(found) => <Found found={found} side={side} />}
        </Shown>
      </div>
    </Box>
  );
}

function Found({ found, side }: { found: ExposureView; side: Side }) {
  if (found.categories.length + found.residuals.length === 0) return <p class="quiet">{nothing(side)}</p>;
  const [openSide, openStop] = (query.value.get("stops") ?? "").split(":");
  const open = (stop: string) => () =>
    setQuery({ stops: openSide === side && openStop === stop ? null : `${side}:${stop}` });
  const categories = [...found.categories].sort(
    (a, b) => CLASS_ORDER.indexOf(a.class) - CLASS_ORDER.indexOf(b.class) || b.share - a.share,
  );
  const segments: Segment[] = [
    ...categories.map((one) => ({
      name: one.category.replaceAll("_", " "),
      share: one.share,
      colour: categoryColour(one.category),
      open: open(one.category),
    })),
    ...found.residuals.map((one) => ({
      name: stopName(one.reason),
      share: one.share,
      open: open(one.reason),
      title: stopMeaning(one.reason),
    })),
  ];
  return (
    <>
      <p>
        <Money amount={found.total_value} unit={currency()} /> {side === "source" ? "received" : "sent"};{" "}
        {summary(found)}
      </p>
      <Bar segments={segments} label={`${TITLES[side]}, 100 %`} />
      {categories.length > 0 && <Parts categories={categories} />}
      <Remarks found={found} />
      {openSide === side && openStop && (
        <Stops wallet={found.wallet} side={side} stop={openStop} close={() => setQuery({ stops: null })} />
      )}
    </>
  );
}

function nothing(side: Side): string {
  return side === "source"
    ? "Nobody has paid this wallet, so there is nothing to trace back."
    : "This wallet has paid nobody, so there is nothing to follow.";
}

/** Where money rests unspent or begins, it was followed to its end. */
const ENDS = ["origin", "unspent"];

function summary(found: ExposureView): string {
  const illicit = found.categories.filter((one) => one.class === "illicit").reduce((sum, one) => sum + one.share, 0);
  const isWhole = found.residuals.every((one) => ENDS.includes(one.reason));
  return illicit > 0
    ? `${percent(illicit)} leads to illicit wallets.`
    : `none of ${isWhole ? "it" : "what was followed"} leads to an illicit wallet.`;
}

function Parts({ categories }: { categories: readonly CategoryShare[] }) {
  return (
    <section class="scroll" aria-label="Shares by category" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Category</th>
            <th scope="col" class="number">
              Value <small>{currency()}</small>
            </th>
            <th scope="col" class="number">
              Direct
            </th>
            <th scope="col" class="number">
              Indirect
            </th>
            <th scope="col" class="number">
              Nearest <small>hops</small>
            </th>
            <th scope="col">Who</th>
          </tr>
        </thead>
        <tbody>
          {categories.map((one) => (
            <tr key={one.category}>
              <td>
                <Category name={one.category} />
              </td>
              <td class="number">
                <Money amount={one.value} />
              </td>
              <td class="number">
                <Share share={one.direct_share} />
              </td>
              <td class="number">
                <Share share={one.indirect_share} />
              </td>
              <td class="number">{one.shortest_hops}</td>
              <td>{actors(one)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const FEW = 3;

function actors(one: CategoryShare): string {
  const named = one.actors.map(
    (actor) => `${actor.actor ?? "unnamed"} ${percent(actor.share).replaceAll(" ", "\u00a0")}`,
  );
  const rest = named.length - FEW;
  return rest > 0 ? `${named.slice(0, FEW).join(", ")} and ${rest} more` : named.join(", ");
}

function Remarks({ found }: { found: ExposureView }) {
  const dated = found.categories.filter((one) => one.before_designation_share);
  const said = [
    !found.exact && "The question was cut: shares of categories are at least these.",
    found.coverage !== null &&
      found.coverage < ENOUGH_COVERAGE &&
      (found.direction === "source"
        ? `It sent more than it was seen to receive: ${percent(found.coverage)} of that came in here, the rest is not known.`
        : `${percent(found.coverage)} of what it received was seen to go out; the rest is still here, or went unseen.`),
    found.passed_through.share > 0 &&
      `${percent(found.passed_through.share)} passed through decentralised exchanges, bridges or other contracts.`,
    ...dated.map(
      (one) =>
        `${percent(one.before_designation_share ?? 0)} of it moved before the wallets were designated as ${one.category.replaceAll("_", " ")}.`,
    ),
    found.change_not_clustered &&
      "Hops are counted between wallets here: the wallet's own change may be one of them (see Entities).",
    found.hubs.length > 0 && `Passes ${many(found.hubs.length, "wallet")} with very many counterparties.`,
  ].filter((one) => typeof one === "string");
  if (said.length === 0) return null;
  return (
    <ul class="remarks">
      {said.map((one) => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );
}
