/** Who wants to hear of any movement of the wallet; put it on a list, take it off one. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { mayWork } from "../../session/me";
import { Box, Time } from "../../ui/atoms";
import { Field, Select } from "../../ui/fields";
import { Shown } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";

type Watching = Schemas["Watching"];

const MOST = 200;
const NEW = "new";

export function Watchlists({ wallet }: { wallet: string }) {
  const asked = useAsked(wallet, (signal) =>
    answered(api.GET("/api/v1/wallets/{key}/watchlists", { params: { path: { key: wallet } }, signal })),
  );
  const remove = async (one: Watching) => {
    await unwatch(one.watchlist, wallet);
    asked.again();
    tell(`Taken off ${one.name}.`, async () => {
      await watch(one.watchlist, wallet, one.note);
      asked.again();
    });
  };
  return (
    <Box title="Watchlists">
      <Shown asked={asked} what="watchlists">
        {(page) => (
          <>
            {page.items.length === 0 && <p class="state">Nobody watches this wallet.</p>}
            <ul class="plain lines">
              {page.items.map((one) => (
                <Line key={one.watchlist} one={one} remove={() => remove(one)} />
              ))}
            </ul>
            {mayWork() && <Adding wallet={wallet} on={page.items} again={asked.again} />}
          </>
        )}
      </Shown>
    </Box>
  );
}

function Line({ one, remove }: { one: Watching; remove: () => Promise<void> }) {
  const { run, isBusy, failure } = useSubmit(remove);
  return (
    <li>
      <p class="row">
        <strong>{one.name}</strong>
        {one.note && <span>{one.note}</span>}
        <span class="quiet">
          since <Time at={one.added_at} short />
        </span>
        {mayWork() && (
          <button type="button" class="bare" disabled={isBusy} onClick={() => void run()}>
            Take off
          </button>
        )}
      </p>
      {failure}
    </li>
  );
}

interface AddingProps {
  wallet: string;
  on: readonly Watching[];
  again: () => void;
}

function Adding({ wallet, on, again }: AddingProps) {
  const lists = useAsked("", (signal) =>
    answered(api.GET("/api/v1/watchlists", { params: { query: { limit: MOST } }, signal })),
  );
  const list = useSignal("");
  const name = useSignal("");
  const free = (lists.data?.items ?? []).filter((one) => on.every((other) => other.watchlist !== one.id));
  const chosen = list.value || free[0]?.id || NEW;
  const { onSubmit, isBusy, failure, problem } = useSubmit(async () => {
    const to = chosen === NEW ? await begin(name.peek()) : free.find((one) => one.id === chosen);
    if (!to) return;
    await watch(to.id, wallet, null);
    list.value = "";
    name.value = "";
    lists.again();
    again();
    tell(`Watched on ${to.name}.`, async () => {
      await unwatch(to.id, wallet);
      again();
    });
  });
  if (!lists.data) return null;
  const options = [...free.map((one) => ({ value: one.id, label: one.name })), { value: NEW, label: "a new list …" }];
  list.value ||= chosen;
  return (
    <form class="filters inset" aria-label="Watch this wallet" onSubmit={onSubmit}>
      <Select label="Watch it on" value={list} options={options} />
      {chosen === NEW && <Field label="Name of the list" value={name} problem={problem} field="name" required />}
      <button type="submit" disabled={isBusy}>
        Watch
      </button>
      {failure}
    </form>
  );
}

async function begin(name: string): Promise<Schemas["Watchlist"]> {
  return answered(api.POST("/api/v1/watchlists", { body: { name, description: null, threshold: null } }));
}

async function watch(watchlist: string, wallet: string, note: string | null): Promise<void> {
  const params = { path: { watchlist } };
  await answered(api.POST("/api/v1/watchlists/{watchlist}/wallets", { params, body: { wallets: [{ wallet, note }] } }));
}

async function unwatch(watchlist: string, wallet: string): Promise<void> {
  const params = { path: { watchlist, key: wallet } };
  await answered(api.DELETE("/api/v1/watchlists/{watchlist}/wallets/{key}", { params }));
}
