/** One flow: how much, how often, when, and the transactions it is made of. */
import { useAsked } from "../../api/asking";
import { currency } from "../../session/about";
import { Box, Key, Money, Time } from "../../ui/atoms";
import { many } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { ownerOf } from "./model";
import type { DrawnFlow } from "./picture";
import { transactionsOf } from "./questions";

export function FlowFacts({ flow, name }: { flow: DrawnFlow; name: (id: string) => string }) {
  const isWhole = flow.isDerived && ownerOf(flow.source) === null && ownerOf(flow.target) === null;
  return (
    <Box
      title={`${name(flow.source)} → ${name(flow.target)}`}
      aside={<span class="quiet">{flow.isDerived ? "flow" : "movement"}</span>}
    >
      <div class="inside">
        <dl class="facts">
          <dt>Value</dt>
          <dd>
            <Money amount={flow.value} unit={currency()} />
          </dd>
          <dt>Transactions</dt>
          <dd>{flow.count}</dd>
          <dt>First</dt>
          <dd>
            <Time at={flow.first_at} />
          </dd>
          <dt>Last</dt>
          <dd>
            <Time at={flow.last_at} />
          </dd>
        </dl>
        {flow.changes.length > 0 && <p class="notice">Since it was saved: {flow.changes.join("; ")}</p>}
        {isWhole ? (
          <Transactions flow={flow} />
        ) : (
          flow.isDerived && <p class="quiet">The sum of the flows of what is folded.</p>
        )}
      </div>
    </Box>
  );
}

function Transactions({ flow }: { flow: DrawnFlow }) {
  const asked = useAsked(flow.id, () => transactionsOf(flow.source, flow.target));
  return (
    <Shown asked={asked} what="its transactions">
      {({ paths, truncated }) => (
        <>
          <h3>{many(paths.length, "transaction")}, the most valuable first</h3>
          <ul class="plain chosen">
            {paths.flatMap((path) =>
              path.steps.map((step) => (
                <li key={`${step.transaction} ${step.value}`}>
                  <Key of={step.transaction} href={`/transactions/${encodeURIComponent(step.transaction)}`} />
                  <Money amount={step.value} unit={currency()} />
                  <Time at={step.at} short />
                </li>
              )),
            )}
          </ul>
          {(truncated || paths.length < flow.count) && (
            <p class="quiet">
              {paths.length} of {flow.count} listed: the page of the wallet has all of them.
            </p>
          )}
        </>
      )}
    </Shown>
  );
}
