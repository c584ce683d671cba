/** Who it is, how bad it is, and what it moved: the first thing read. */
import { type Asking, useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { currency } from "../../session/about";
import { Copy, Money, SeverityMark, shortened, Time } from "../../ui/atoms";
import { BrowserLink } from "../../ui/browser_link";
import { Category } from "../../ui/categories";
import { many, scored } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { clockNow, isPast } from "./clock";
import { type Scored, severityOf } from "./score";

interface Props {
  wallet: Schemas["WalletView"];
  score: Asking<Scored>;
  graph: string;
}

export function Head({ wallet, score, graph }: Props) {
  const beside = (
    <>
      {wallet.category ? <Category name={wallet.category} /> : <span class="tag">not attributed</span>}
      <ScoreMark score={score} />
    </>
  );
  const actions = (
    <>
      <a class="button" href={graph}>
        Open the graph <kbd>⇧G</kbd>
      </a>
      <BrowserLink query="browse_sources" parameters={{ key: wallet.key, min_share: 0.01, limit: 25 }} />
    </>
  );
  return (
    <>
      <PageHead title={wallet.actor ?? shortened(wallet.key)} beside={beside} actions={actions} />
      <p class="whole-key">
        <code>{wallet.key}</code>
        <Copy text={wallet.key} />
        <Owner wallet={wallet} />
      </p>
      <Moved wallet={wallet} />
    </>
  );
}

/** The entity of a wallet that is in one. */
function Owner({ wallet }: { wallet: Schemas["WalletView"] }) {
  const asked = useAsked(wallet.key, (signal) =>
    answered(api.GET("/api/v1/wallets/{key}/entity", { params: { path: { key: wallet.key } }, signal })),
  );
  const entity = asked.data?.entity;
  if (!entity) return null;
  return <a href={`/entities/${encodeURIComponent(entity.key)}`}>one of {many(entity.size, "wallet")} of one owner</a>;
}

function ScoreMark({ score }: { score: Asking<Scored> }) {
  if (score.problem) return <span class="quiet">score unknown: {score.problem.message}</span>;
  if (!score.data) return <span class="quiet">score …</span>;
  const { score: found, isStored } = score.data;
  return (
    <>
      <span class="row tight" title={`score ${found.score}`}>
        <SeverityMark severity={severityOf(found.score)} />
        <strong class="score">{scored(found.score)}</strong>
      </span>
      <span class="quiet">
        {isStored ? "scored" : "computed for this view"} <Time at={found.scored_at} short />
        {found.stale && " · something has moved since, it is being scored again"}
      </span>
    </>
  );
}

function Moved({ wallet }: { wallet: Schemas["WalletView"] }) {
  // Sums are kept for all time; what was received by another time stands on the sides of exposure.
  const ever = isPast(clockNow()) ? ", all time" : "";
  return (
    <dl class="figures">
      <div>
        <dt>Received{ever}</dt>
        <dd>
          <Money amount={wallet.in_value} unit={currency()} />
        </dd>
        <dd class="quiet">
          {many(wallet.in_count, "movement")} from {many(wallet.in_degree, "wallet")}
        </dd>
      </div>
      <div>
        <dt>Sent{ever}</dt>
        <dd>
          <Money amount={wallet.out_value} unit={currency()} />
        </dd>
        <dd class="quiet">
          {many(wallet.out_count, "movement")} to {many(wallet.out_degree, "wallet")}
        </dd>
      </div>
      <div>
        <dt>First seen</dt>
        <dd>
          <Time at={wallet.first_at} short />
        </dd>
      </div>
      <div>
        <dt>Last seen</dt>
        <dd>
          <Time at={wallet.last_at} short />
        </dd>
      </div>
    </dl>
  );
}
