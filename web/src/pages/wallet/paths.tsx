/** How the money travelled: chains of transactions from and to illicit wallets, or between this wallet and another. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { query, setQuery } from "../../router";
import { about, currency } from "../../session/about";
import { Money } from "../../ui/atoms";
import { Field, Select } from "../../ui/fields";
import { many } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { clockNow, here, told } from "./clock";
import { ClockBar } from "./clock_bar";
import { Path } from "./path";
import type { TabProps } from "./wallet";
import type { Side } from "./words";

const MOST = 20;
const SIDES: readonly { value: Side; name: string }[] = [
  { value: "source", name: "where it came from" },
  { value: "destination", name: "where it went" },
];

export function Paths({ wallet }: TabProps) {
  const side = SIDES.find((one) => one.value === query.value.get("side"))?.value ?? "source";
  const category = query.value.get("category");
  const to = query.value.get("to");
  const { hops, as_of, known_at } = clockNow();
  const asked = useAsked(`${wallet.key} ${side} ${category} ${to} ${told(clockNow())}`, (signal) => {
    const given = { direction: side, hops, as_of, known_at, limit: MOST, category: to ? null : category, to };
    return answered(
      api.GET("/api/v1/wallets/{key}/paths", { params: { path: { key: wallet.key }, query: given }, signal }),
    );
  });
  return (
    <>
      <div class="filters">
        <fieldset class="choice">
          <legend>Direction</legend>
          {SIDES.map((one) => (
            <a
              key={one.value}
              href={here({ side: one.value })}
              {...(one.value === side ? { "aria-current": "true" as const } : {})}
            >
              {one.name}
            </a>
          ))}
        </fieldset>
        <Ends key={`${category} ${to}`} category={category ?? ""} to={to ?? ""} />
      </div>
      <ClockBar />
      <Shown asked={asked} what="paths">
        {(found) => <Found found={found} of={wallet.key} />}
      </Shown>
    </>
  );
}

/** Paths end at the illicit wallets of a category, or at one wallet. */
function Ends(given: { category: string; to: string }) {
  const category = useSignal(given.category);
  const to = useSignal(given.to);
  const illicit = (about.value?.categories ?? []).filter((one) => one.class === "illicit").map((one) => one.name);
  const go = (event: Event) => {
    event.preventDefault();
    setQuery({ category: category.value, to: to.value.trim() });
  };
  return (
    <form class="filters" aria-label="Where paths end" onSubmit={go}>
      <Select label="Category" value={category} options={[{ value: "", label: "any illicit" }, ...illicit]} />
      <Field label="or one wallet (network:address)" value={to} type="search" />
      <button type="submit">Find</button>
    </form>
  );
}

function Found({ found, of }: { found: Schemas["PathsView"]; of: string }) {
  const first = found.paths[0];
  if (!first)
    return (
      <div class="state empty">
        <p>
          <strong>No path.</strong> Within {many(found.hops, "hop")} no chain of transactions, each later than the one
          before it, {found.direction === "source" ? "leads here from" : "leads from here to"}{" "}
          {found.to ?? (found.category ? `a wallet of ${found.category.replaceAll("_", " ")}` : "an illicit wallet")}.
        </p>
        {found.hops < 6 && <a href={here({ hops: String(found.hops + 1) })}>Follow one hop more</a>}
      </div>
    );
  return (
    <>
      <p class="quiet">
        {many(found.paths.length, "path")}, the most valuable first, each in the order of time.
        {found.truncated && " There are more."}
        {found.complete_above && (
          <>
            {" "}
            All that carry more than <Money amount={found.complete_above} unit={currency()} /> are here.
          </>
        )}
      </p>
      <ol class="plain paths">
        {found.paths.map((one) => (
          <Path key={one.steps.map((step) => step.transaction).join(" ")} path={one} of={of} />
        ))}
      </ol>
    </>
  );
}
