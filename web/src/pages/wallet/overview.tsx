/** Both sides of exposure, what moved over time, and what is known and done about the wallet. */
import { Activity } from "./activity";
import { ClockBar } from "./clock_bar";
import { Exposure } from "./exposure";
import type { TabProps } from "./wallet";
import { Work } from "./work";

export function Overview({ wallet }: TabProps) {
  return (
    <>
      <ClockBar />
      <div class="columns">
        <Exposure wallet={wallet.key} side="source" />
        <Exposure wallet={wallet.key} side="destination" />
      </div>
      <Activity wallet={wallet} />
      <Work wallet={wallet.key} />
    </>
  );
}
