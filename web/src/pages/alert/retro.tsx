/** What became known later, for an alert that no payment opened. */
import { currency } from "../../session/about";
import { Box, Key, Money } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { Who } from "../../ui/person";
import type { Explanation } from "./flow_layout";

export function Retro({ found }: { found: Explanation }) {
  return (
    <Box title="What became known">
      {found.causes.length === 0 ? (
        <p class="inside quiet">What changed is not recorded.</p>
      ) : (
        <ul class="inside notes plain">
          {found.causes.map((one) => (
            <li key={`${one.seq} ${one.id}`}>
              {one.kind.replaceAll("_", " ")} at #{one.seq}:{" "}
              <Key of={one.wallet} href={`/wallets/${encodeURIComponent(one.wallet)}`} />{" "}
              {one.category && <Category name={one.category} />}
              {one.value !== null && <Money amount={one.value} unit={currency()} />}{" "}
              <small>
                {one.source && `source ${one.source}`} {one.actor && <Who id={one.actor} />}
              </small>
            </li>
          ))}
        </ul>
      )}
    </Box>
  );
}
