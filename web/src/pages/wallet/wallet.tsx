/** A wallet: how bad, why, what else. What is read first needs no scroll; the rest is a tab away. */
import { useEffect, useRef } from "preact/hooks";
import { type Asking, useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { navigate, query, setQuery } from "../../router";
import type { PageProps } from "../../routes";
import { useKeys } from "../../ui/keys";
import { PageHead } from "../../ui/page";
import { Failed, Loading } from "../../ui/states";
import { Attributions } from "./attributions";
import { clockNow, here, told } from "./clock";
import { Counterparties } from "./counterparties";
import { Head } from "./head";
import { Opinion } from "./opinion/opinion";
import { Overview } from "./overview";
import { Paths } from "./paths";
import { askScore, type Scored } from "./score";
import { ScoreTab } from "./score_tab";
import { Transactions } from "./transactions";
import "./wallet.css";

export interface TabProps {
  wallet: Schemas["WalletView"];
  score: Asking<Scored>;
}

const TABS = [
  { id: "overview", name: "Overview", Tab: Overview },
  { id: "transactions", name: "Transactions", Tab: Transactions },
  { id: "counterparties", name: "Counterparties", Tab: Counterparties },
  { id: "paths", name: "Paths", Tab: Paths },
  { id: "score", name: "Score", Tab: ScoreTab },
  { id: "opinion", name: "Second opinion", Tab: Opinion },
  { id: "attributions", name: "Attributions", Tab: Attributions },
] as const;

export default function Wallet({ parameters }: PageProps) {
  const given = parameters.key ?? "";
  const wallet = useAsked(given, (signal) =>
    answered(api.GET("/api/v1/wallets/{key}", { params: { path: { key: given } }, signal })),
  );
  const clock = clockNow();
  const score = useAsked(`${given} ${told({ ...clock, hops: 0 })}`, (signal) => askScore(given, clock, signal));
  if (wallet.data) return <Known wallet={wallet.data} score={score} />;
  return (
    <>
      <PageHead title={given} />
      {wallet.problem?.status === 404 ? (
        <NotSeen given={given} />
      ) : wallet.problem ? (
        <Failed problem={wallet.problem} again={wallet.again} />
      ) : (
        <Loading what="the wallet" />
      )}
    </>
  );
}

function NotSeen({ given }: { given: string }) {
  return (
    <div class="state empty">
      <p>
        <strong>The graph does not know this wallet.</strong> No transaction of it has landed, and nobody has attributed
        it.
      </p>
      <a href={`/search?q=${encodeURIComponent(given)}`}>Search for wallets like it</a>
    </div>
  );
}

function Known({ wallet, score }: TabProps) {
  const chosen = query.value.get("tab") ?? "overview";
  const tab = TABS.find((one) => one.id === chosen) ?? TABS[0];
  const numbers = TABS.map((one, place) => ({
    key: String(place + 1),
    does: `show ${one.name.toLowerCase()}`,
    run: () => setQuery({ tab: one.id === "overview" ? null : one.id }),
  }));
  const graph = `/graph?wallet=${encodeURIComponent(wallet.key)}`;
  useKeys([...numbers, { key: "shift+g", does: "open the graph", run: () => navigate(graph) }], [wallet.key]);
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    // Where they do not all fit, the one that is shown is seen.
    tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [tab]);
  useEffect(() => {
    // Keys in other spellings are one wallet: its own address is what is shared.
    const own = `/wallets/${encodeURIComponent(wallet.key)}`;
    if (decodeURIComponent(window.location.pathname) !== `/wallets/${wallet.key}`)
      navigate(own + window.location.search, { replace: true });
  }, [wallet.key]);
  return (
    <>
      <Head wallet={wallet} score={score} graph={graph} />
      <nav ref={tabs} class="tabs" aria-label="Parts of the wallet">
        {TABS.map((one, place) => (
          <a
            key={one.id}
            href={here({ tab: one.id === "overview" ? null : one.id })}
            {...(one === tab ? { "aria-current": "page" as const } : {})}
          >
            {one.name} <kbd>{place + 1}</kbd>
          </a>
        ))}
      </nav>
      <tab.Tab wallet={wallet} score={score} />
    </>
  );
}
