/** A transaction: what moved between whom, what was decided on it, and what became of it since. */
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import type { PageProps } from "../../routes";
import { currency } from "../../session/about";
import { Copy, Money, shortened, Time } from "../../ui/atoms";
import { BrowserLink } from "../../ui/browser_link";
import { grouped } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { Failed, Loading } from "../../ui/states";
import { Decided } from "./decision";
import { History } from "./history";
import { Parties } from "./parties";
import { Text } from "./text";
import "../wallet/wallet.css";
import "./transaction.css";

export default function Transaction({ parameters }: PageProps) {
  const key = parameters.key ?? "";
  const asked = useAsked(key, (signal) =>
    answered(api.GET("/api/v1/transactions/{key}", { params: { path: { key } }, signal })),
  );
  if (asked.data) return <Known transaction={asked.data} />;
  return (
    <>
      <PageHead title={shortened(key, 10, 8)} />
      {asked.problem?.status === 404 ? (
        <div class="state empty">
          <p>
            <strong>No transaction of this key has landed.</strong>
          </p>
          <a href={`/search?q=${encodeURIComponent(key)}`}>Search</a>
        </div>
      ) : asked.problem ? (
        <Failed problem={asked.problem} again={asked.again} />
      ) : (
        <Loading what="the transaction" />
      )}
    </>
  );
}

function Known({ transaction }: { transaction: Schemas["TransactionHistoryView"] }) {
  return (
    <>
      <PageHead
        title={`Transaction ${shortened(transaction.key, 10, 8)}`}
        beside={transaction.withdrawn_at && <span class="tag">withdrawn</span>}
        actions={<BrowserLink query="browse_transaction" parameters={{ key: transaction.key, limit: 100 }} />}
      />
      <p class="whole-key">
        <code>{transaction.key}</code>
        <Copy text={transaction.key} />
      </p>
      {transaction.withdrawn_at && (
        <p class="notice">
          Withdrawn <Time at={transaction.withdrawn_at} />
          {transaction.reason && `: ${transaction.reason}`}. It counts in no flow, sum or exposure; its decision stays.
        </p>
      )}
      <dl class="figures">
        <div>
          <dt>Amount</dt>
          <dd>
            <span class="number" title={transaction.amount}>
              {grouped(transaction.amount, 8)} <small>{transaction.asset}</small>
            </span>
          </dd>
        </div>
        <div>
          <dt>Value</dt>
          <dd>
            <Money amount={transaction.value} unit={currency()} />
          </dd>
        </div>
        <div>
          <dt>Moved</dt>
          <dd>
            <Time at={transaction.at} />
          </dd>
        </div>
        <div>
          <dt>Landed</dt>
          <dd>
            <Time at={transaction.recorded_at} /> <small>as #{transaction.seq}</small>
          </dd>
        </div>
      </dl>
      <Decided transaction={transaction.key} />
      <div class="columns">
        <Parties title="From" parties={transaction.inputs} asset={transaction.asset} none="Newly made: nobody paid." />
        <Parties title="To" parties={transaction.outputs} asset={transaction.asset} none="Nobody." />
      </div>
      <div class="columns">
        <Text transaction={transaction.key} />
        <History spans={transaction.spans} />
      </div>
    </>
  );
}
