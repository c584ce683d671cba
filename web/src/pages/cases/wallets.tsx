/** The wallets of a case. */
import { mayWork } from "../../session/me";
import { Box, Key } from "../../ui/atoms";
import { many } from "../../ui/numbers";
import { Empty } from "../../ui/states";
import { tell, tellFailure } from "../../ui/toasts";
import type { Part } from "./case";
import { Add } from "./contents";
import { addWallets, removeWallet } from "./edits";

export function Wallets({ file, again }: Part) {
  const isOpen = mayWork() && file.status === "open";
  return (
    <Box title="Wallets" aside={<small>{many(file.wallets.length, "wallet")}</small>}>
      {file.wallets.length === 0 ? (
        <Empty>
          <p>No wallet was put into this case by itself; those of its alerts are known through them.</p>
        </Empty>
      ) : (
        <ul class="plain rows">
          {file.wallets.map((key) => (
            <li key={key}>
              <Key of={key} href={`/wallets/${encodeURIComponent(key)}`} />
              {isOpen && (
                <button
                  type="button"
                  class="bare"
                  aria-label={`Take out wallet ${key}`}
                  onClick={() => void takeOut(file.id, key, again)}
                >
                  Take out
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {isOpen && (
        <Add
          label="Add wallets"
          placeholder="network:address"
          add={async (wallets) => {
            await addWallets(file.id, wallets);
            again();
          }}
        />
      )}
    </Box>
  );
}

async function takeOut(id: string, key: string, again: () => void): Promise<void> {
  try {
    await removeWallet(id, key);
    tell("The wallet is out of the case.", async () => {
      await addWallets(id, [key]);
      again();
    });
  } catch (error) {
    tellFailure(error);
  }
  again();
}
