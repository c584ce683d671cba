/** Why the score is what it is, and how it came there. */
import type { Schemas } from "../../api/client";
import { Box, Share } from "../../ui/atoms";
import { Meter } from "../../ui/bar";
import { Category, categoryColour } from "../../ui/categories";
import { many, scored } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { ClockBar } from "./clock_bar";
import { Explanation } from "./explanation";
import { History } from "./history";
import type { Scored } from "./score";
import type { TabProps } from "./wallet";

export function ScoreTab({ wallet, score }: TabProps) {
  return (
    <>
      <ClockBar withHops={false} />
      <Shown asked={score} what="the score">
        {(found) => (
          <div class="columns">
            <Parts scored={found} />
            {found.isStored && <Explanation wallet={wallet.key} run={found.score.run} />}
          </div>
        )}
      </Shown>
      <History wallet={wallet.key} />
    </>
  );
}

function Parts({ scored: { score, isStored } }: { scored: Scored }) {
  return (
    <Box title="What it is made of" aside={<small>{isStored ? `run ${score.run}` : "computed for this view"}</small>}>
      <div class="inside">
        <dl class="facts">
          <dt>Score</dt>
          <dd>
            <strong>{scored(score.score)}</strong>
          </dd>
          <dt>Attributed itself</dt>
          <dd>{score.category ? <Category name={score.category} /> : "no"}</dd>
          <dt>Illicit share, source</dt>
          <dd>
            <Share share={score.illicit_source_share} />
          </dd>
          <dt>Illicit share, destination</dt>
          <dd>
            <Share share={score.illicit_destination_share} />
          </dd>
          <dt>Hop score</dt>
          <dd>
            {score.hop_score.toFixed(2)}{" "}
            <span class="quiet">
              illicit wallets at 0, 1 and 2 hops: {score.hop_counts.join(", ")}; {many(score.in_degree, "payer")},{" "}
              {many(score.out_degree, "payee")}
            </span>
          </dd>
        </dl>
        <Nearness side="source" name="Came from" view={score.source} />
        <Nearness side="destination" name="Went to" view={score.destination} />
      </div>
    </Box>
  );
}

function Nearness({ name, view, side }: { name: string; side: string; view: Schemas["SideView"] }) {
  const parts = Object.entries(view.categories).sort(([, a], [, b]) => b.share - a.share);
  if (parts.length === 0) return null;
  return (
    <ul class="plain parts" aria-label={`Categories, ${side} side`}>
      {parts.map(([category, part]) => (
        <li key={category}>
          <span>{name}</span>
          <Category name={category} />
          <Meter value={part.share} colour={categoryColour(category)} />
          <Share share={part.share} />
          <span class="quiet">nearest {many(part.shortest_hops, "hop")}</span>
        </li>
      ))}
    </ul>
  );
}
