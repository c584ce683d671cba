/** What holds an entity together, one transaction for each merge; one that is wrong can be vetoed. */
import { useSignal } from "@preact/signals";
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { mayWork } from "../../session/me";
import { Box, Key } from "../../ui/atoms";
import { Dialog } from "../../ui/dialog";
import { TextArea } from "../../ui/fields";
import { Listed } from "../../ui/listed";
import { percent } from "../../ui/numbers";
import { Finish, useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";

type Link = Schemas["LinkView"];

const SAYS: Record<Link["heuristic"], string> = { cospend: "spent together", change: "change" };

export function Proof({ entity, again }: { entity: string; again: () => void }) {
  const listing = useListing(entity, (cursor, signal) => {
    const params = { path: { entity }, query: { limit: 100, cursor } };
    return answered(api.GET("/api/v1/entities/{entity}/proof", { params, signal }));
  });
  const vetoed = useSignal<Link | null>(null);
  return (
    <Box title="What holds them together">
      <div class="inside">
        <Listed listing={listing} what="transactions" empty={<p>Nothing.</p>}>
          {(rows) => (
            <ul class="plain rows">
              {rows.map((one) => (
                <li key={`${one.transaction} ${one.target}`} class="row">
                  <Key of={one.transaction} href={`/transactions/${encodeURIComponent(one.transaction)}`} />
                  <span class="quiet">
                    {SAYS[one.heuristic]}, {percent(one.confidence)}
                  </span>
                  {mayWork() && (
                    <button
                      type="button"
                      class="bare"
                      aria-label={`Veto ${one.transaction}`}
                      onClick={() => {
                        vetoed.value = one;
                      }}
                    >
                      Veto
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Listed>
      </div>
      {vetoed.value && (
        <Veto
          entity={entity}
          link={vetoed.value}
          close={() => {
            vetoed.value = null;
            again();
          }}
        />
      )}
    </Box>
  );
}

function Veto({ entity, link, close }: { entity: string; link: Link; close: () => void }) {
  const reason = useSignal("");
  const sending = useSubmit(async () => {
    const params = { path: { entity } };
    const body = { transaction: link.transaction, reason: reason.value };
    await answered(api.POST("/api/v1/entities/{entity}/vetoes", { params, body }));
    tell("Vetoed. The entity is made anew of all its other links.");
    close();
  });
  return (
    <Dialog title="Veto a transaction" close={close}>
      <form class="form" onSubmit={sending.onSubmit}>
        <p>
          <code>{link.transaction}</code> says no more that one owner has its wallets. If nothing else holds the entity
          together it splits, and its wallets are scored again.
        </p>
        <TextArea label="Why" value={reason} problem={sending.problem} field="reason" required />
        <Finish sending={sending} close={close} does="Veto" />
      </form>
    </Dialog>
  );
}
