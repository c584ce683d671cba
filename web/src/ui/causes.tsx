/** What changed a score: attributions and transactions, each with its page. */
import type { Schemas } from "../api/client";
import { currency } from "../session/about";
import { Money, shortened, Unknown } from "./atoms";
import { Category } from "./categories";

const CAUSES: Record<Schemas["CauseView"]["kind"], string> = {
  attribution_recorded: "attribution recorded",
  attribution_withdrawn: "attribution withdrawn",
  attribution_superseded: "attribution superseded",
  attribution_began: "attribution became valid",
  attribution_ended: "attribution ended",
  transaction_landed: "transaction landed",
  transaction_relanded: "transaction landed again",
  transaction_withdrawn: "transaction withdrawn",
};

function causeName(kind: Schemas["CauseView"]["kind"]): string {
  return CAUSES[kind];
}

export function Causes({ of }: { of: readonly Schemas["CauseView"][] }) {
  return (
    <ul class="plain causes">
      {of.map((one) => (
        <Cause key={`${one.kind} ${one.id}`} cause={one} />
      ))}
    </ul>
  );
}

function Cause({ cause }: { cause: Schemas["CauseView"] }) {
  const isMoney = cause.kind.startsWith("transaction_");
  const href = isMoney ? `/transactions/${encodeURIComponent(cause.id)}` : `/attributions/${cause.id}`;
  return (
    <li class="row tight">
      <a href={href}>{causeName(cause.kind)}</a>
      {cause.category && <Category name={cause.category} />}
      {cause.actor && <span>{cause.actor}</span>}
      {cause.source && <span class="quiet">by {cause.source}</span>}
      {isMoney && (cause.value ? <Money amount={cause.value} unit={currency()} /> : <Unknown />)}
      {cause.wallet && (
        <a class="quiet" href={`/wallets/${encodeURIComponent(cause.wallet)}`} title={cause.wallet}>
          {shortened(cause.wallet)}
        </a>
      )}
    </li>
  );
}
