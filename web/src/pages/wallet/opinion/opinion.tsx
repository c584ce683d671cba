/** A second opinion about one side of a wallet: other methods, what it hangs on, who says so, and what if. */
import { query } from "../../../router";
import { here } from "../clock";
import { ClockBar } from "../clock_bar";
import type { TabProps } from "../wallet";
import type { Side } from "../words";
import { Hanging } from "./hanging";
import { Methods } from "./methods";
import { Sources } from "./sources";
import { WhatIf } from "./what_if";

const SIDES: readonly { side: Side; name: string }[] = [
  { side: "source", name: "Where money came from" },
  { side: "destination", name: "Where it went" },
];

export function Opinion({ wallet }: TabProps) {
  const side: Side = query.value.get("side") === "destination" ? "destination" : "source";
  return (
    <>
      <ClockBar />
      <nav class="views" aria-label="Side of the wallet">
        {SIDES.map((one) => (
          <a
            key={one.side}
            href={here({ side: one.side === "source" ? null : one.side })}
            {...(one.side === side ? { "aria-current": "page" as const } : {})}
          >
            {one.name}
          </a>
        ))}
      </nav>
      <Methods wallet={wallet.key} side={side} />
      <div class="columns">
        <Hanging wallet={wallet.key} side={side} />
        <Sources wallet={wallet.key} side={side} />
      </div>
      <WhatIf key={side} wallet={wallet.key} side={side} />
    </>
  );
}
