/** What was found, one line each; the chosen one is marked, not focused, so that typing goes on. */
import type { Signal } from "@preact/signals";
import type { Schemas } from "../../api/client";
import { currency } from "../../session/about";
import { Money, Time } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import type { Hit } from "./find";

interface Props {
  id: string;
  hits: readonly Hit[];
  at: Signal<number>;
  open: (hit: Hit) => void;
}

export function Hits({ id, hits, at, open }: Props) {
  return (
    <div class="hits" role="listbox" id={id} aria-label="Found">
      {hits.map((hit, place) => (
        // The keys are those of the field, which tells what is chosen.
        // biome-ignore lint/a11y/useKeyWithClickEvents: see above
        // biome-ignore lint/a11y/useFocusableInteractive: see above
        <div
          key={`${hit.kind} ${hit.id}`}
          id={`${id}-${place}`}
          role="option"
          aria-selected={place === at.value}
          class="hit"
          onClick={() => open(hit)}
          onMouseMove={() => {
            at.value = place;
          }}
        >
          <span class="kind">{hit.kind}</span>
          <span class="what">
            <strong>{hit.title}</strong>
            {hit.title !== hit.id && <code>{hit.id}</code>}
          </span>
          {hit.wallet ? <About wallet={hit.wallet} /> : <span class="quiet">{hit.detail}</span>}
        </div>
      ))}
    </div>
  );
}

function About({ wallet }: { wallet: Schemas["WalletView"] }) {
  return (
    <span class="about">
      {wallet.category && <Category name={wallet.category} />}
      <span>
        <small>in</small> <Money amount={wallet.in_value} />
      </span>
      <span>
        <small>out</small> <Money amount={wallet.out_value} unit={currency()} />
      </span>
      {wallet.last_at && (
        <span class="quiet">
          last <Time at={wallet.last_at} short />
        </span>
      )}
    </span>
  );
}
