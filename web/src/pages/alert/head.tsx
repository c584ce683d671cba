/** The sentence, how bad it is, whose it is, and what can be done about it. */
import { useSignal } from "@preact/signals";
import { mayRun, mayWork } from "../../session/me";
import { Age, Key, SeverityMark, Time } from "../../ui/atoms";
import { BrowserLink } from "../../ui/browser_link";
import { useKeys } from "../../ui/keys";
import { scored } from "../../ui/numbers";
import { useNow } from "../../ui/now";
import { PageHead } from "../../ui/page";
import { Who } from "../../ui/person";
import { reasonWords } from "../../ui/words";
import { CloseDialog, type Closing } from "../alerts/close";
import { type Alert, type Change, edit } from "../alerts/edits";
import { Status } from "../alerts/table";

/** An alert as it was read, and the mark that says which version that was. */
export interface Read {
  alert: Alert;
  etag: string;
}

interface Props {
  read: Read;
  again: () => void;
  ask: (what: "case" | "suppress") => void;
}

export function Head({ read: { alert, etag }, again, ask }: Props) {
  const closing = useSignal<Closing | null>(null);
  const act = (change: Change) => void edit([alert], change, again, { [alert.id]: etag }).then(again);
  const isClosed = alert.status === "resolved" || alert.status === "dismissed";
  useKeys(
    mayWork()
      ? [
          { key: "e", does: "acknowledge", run: () => act({ status: "acknowledged" }) },
          { key: "a", does: "assign to me", run: () => act({ assignee: "me" }) },
          { key: "r", does: "resolve", run: () => (closing.value = "resolved") },
          { key: "d", does: "dismiss", run: () => (closing.value = "dismissed") },
        ]
      : [],
    [alert, etag],
  );
  return (
    <div class="alert-head">
      <PageHead
        title={alert.explanation}
        beside={
          <span class="row worst">
            <SeverityMark severity={alert.severity} />
            <strong class="number">{scored(alert.risk_score)}</strong>
          </span>
        }
        actions={
          mayWork() &&
          (isClosed ? (
            <button type="button" onClick={() => act({ status: "open" })}>
              Open again
            </button>
          ) : (
            <Open alert={alert} act={act} close={(as) => (closing.value = as)} />
          ))
        }
      />
      <Facts alert={alert} act={act} />
      <More alert={alert} ask={ask} />
      {closing.value && <CloseDialog count={1} as={closing.value} act={act} close={() => (closing.value = null)} />}
    </div>
  );
}

function Open({ alert, act, close }: { alert: Alert; act: (change: Change) => void; close: (as: Closing) => void }) {
  return (
    <>
      {alert.status === "open" && (
        <button type="button" onClick={() => act({ status: "acknowledged" })}>
          Acknowledge <kbd>E</kbd>
        </button>
      )}
      <button type="button" class="main" onClick={() => close("resolved")}>
        Resolve… <kbd>R</kbd>
      </button>
      <button type="button" onClick={() => close("dismissed")}>
        Dismiss… <kbd>D</kbd>
      </button>
    </>
  );
}

function Facts({ alert, act }: { alert: Alert; act: (change: Change) => void }) {
  const now = useNow();
  return (
    <p class="row told">
      <span>{alert.class === "live" ? "about a payment" : "about what became known"}</span>
      <span>
        <Age at={alert.created_at} now={now} /> old, opened <Time at={alert.created_at} />
      </span>
      <Status alert={alert} />
      <span>
        assigned to <Who id={alert.assignee} />{" "}
        {mayWork() && (
          <button type="button" class="bare" onClick={() => act({ assignee: "me" })}>
            assign to me <kbd>A</kbd>
          </button>
        )}
      </span>
      {alert.transaction && (
        <span>
          payment <Key of={alert.transaction} href={`/transactions/${encodeURIComponent(alert.transaction)}`} />
        </span>
      )}
      {alert.wallets.map((key) => (
        <Key key={key} of={key} href={`/wallets/${encodeURIComponent(key)}`} />
      ))}
      {alert.reason_codes.map((code) => (
        <span key={code} class="tag" title={code}>
          {reasonWords(code)}
        </span>
      ))}
    </p>
  );
}

/** Where it goes on from here. */
function More({ alert, ask }: { alert: Alert; ask: Props["ask"] }) {
  return (
    <>
      {alert.proposal && (
        <p class="notice">
          Closing is proposed since <Time at={alert.proposed_at} />: {alert.proposal_reason}
        </p>
      )}
      {alert.basis_withdrawn_at && (
        <p class="notice">
          Its payment was withdrawn at <Time at={alert.basis_withdrawn_at} />.
        </p>
      )}
      <p class="row">
        <a class="button" href={`/graph?alert=${alert.id}`}>
          Graph <kbd>G G</kbd>
        </a>
        <InBrowser alert={alert} />
        <a class="button" href={`/api/v1/alerts/${alert.id}/evidence`} download>
          Export evidence <kbd>⇧E</kbd>
        </a>
        {mayWork() && (
          <button type="button" onClick={() => ask("case")}>
            Add to a case… <kbd>C</kbd>
          </button>
        )}
        {mayRun() && (
          <button type="button" onClick={() => ask("suppress")}>
            Suppress the same…
          </button>
        )}
      </p>
    </>
  );
}

/** About a payment the payment itself, about what became known the illicit wallets near the wallet. */
function InBrowser({ alert }: { alert: Alert }) {
  const wallet = alert.wallets[0];
  if (alert.transaction)
    return <BrowserLink query="browse_transaction" parameters={{ key: alert.transaction, limit: 100 }} />;
  return wallet ? <BrowserLink query="browse_nearest_illicit" parameters={{ key: wallet, limit: 25 }} /> : null;
}
