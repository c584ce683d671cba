/** What a wallet's severity hangs on: the smallest set of attributions, or of flows, without which it is gone. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../../api/asking";
import { answered, api, type Schemas } from "../../../api/client";
import { Box, Key } from "../../../ui/atoms";
import { Category } from "../../../ui/categories";
import { counted, many, scored } from "../../../ui/numbers";
import { Shown } from "../../../ui/states";
import { clockNow } from "../clock";
import type { Side } from "../words";

type View = Schemas["CounterfactualView"];
type Removing = View["removing"];

const WAYS: readonly { removing: Removing; name: string }[] = [
  { removing: "attributions", name: "attributions" },
  { removing: "flows", name: "flows" },
];

export function Hanging({ wallet, side }: { wallet: string; side: Side }) {
  const removing = useSignal<Removing>("attributions");
  const { hops } = clockNow();
  const asked = useAsked(`${wallet} ${side} ${hops} ${removing.value}`, (signal) => {
    const params = { path: { key: wallet }, query: { direction: side, hops, removing: removing.peek() } };
    return answered(api.GET("/api/v1/wallets/{key}/counterfactual", { params, signal }));
  });
  return (
    <Box title="What it hangs on" aside={<small>now, by haircut</small>}>
      <div class="inside form">
        <fieldset class="choice">
          <legend>The smallest set of</legend>
          {WAYS.map((one) => (
            <button
              key={one.removing}
              type="button"
              aria-pressed={one.removing === removing.value}
              onClick={() => {
                removing.value = one.removing;
              }}
            >
              {one.name}
            </button>
          ))}
        </fieldset>
        <Shown asked={asked} what="what it hangs on">
          {(found) => <Found found={found} />}
        </Shown>
      </div>
    </Box>
  );
}

function Found({ found }: { found: View }) {
  const under = `${found.threshold} (${found.severity})`;
  const members = found.removing === "flows" ? found.flows : found.attributions;
  if (members?.length === 0)
    return (
      <p>
        Nothing: this side scores {scored(found.score)}, which is under {under} already.
      </p>
    );
  return (
    <>
      {members ? (
        <>
          <p>
            Without {members.length === 1 ? "this one" : `these ${counted(members.length)}`} this side scores{" "}
            {scored(found.score_without)} instead of {scored(found.score)}: under {under}.
          </p>
          <ul class="plain rows" aria-label="What it hangs on">
            {found.attributions?.map((one) => (
              <li key={one.attribution}>
                <Key of={one.wallet} href={`/wallets/${encodeURIComponent(one.wallet)}`} /> is{" "}
                <Category name={one.category} />, says{" "}
                <a href={`/attributions/${encodeURIComponent(one.attribution)}`}>{one.source}</a>
              </li>
            ))}
            {found.flows?.map((one) => (
              <li key={`${one.source} ${one.target}`}>
                <Key of={one.source} href={`/wallets/${encodeURIComponent(one.source)}`} /> {" → "}
                <Key of={one.target} href={`/wallets/${encodeURIComponent(one.target)}`} />
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>
          No set of {found.removing} was found that brings {scored(found.score)} under {under}.
        </p>
      )}
      <p class="quiet">{sureness(found)}</p>
    </>
  );
}

function sureness(found: View): string {
  const tried = `${many(found.tried, "set")} of ${many(found.candidates, "candidate")} tried`;
  const cut = found.exact ? "" : " Not all flows in reach were read.";
  if (found.smallest) return `No smaller set will do: ${tried}.${cut}`;
  const part = found.minimal ? "no part of this one will do" : "a part of this one may do as well";
  return `The search was cut (${tried}): ${found.attributions || found.flows ? part : "there may be one"}.${cut}`;
}
