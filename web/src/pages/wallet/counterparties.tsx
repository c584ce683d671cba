/** Who paid the wallet and whom it paid, most valuable first. */
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { navigate, query } from "../../router";
import { currency } from "../../session/about";
import { Key, Money, Share, Time } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { Listed } from "../../ui/listed";
import { counted } from "../../ui/numbers";
import { type Column, Table } from "../../ui/table";
import { here } from "./clock";
import { CsvButton } from "./csv";
import { micros, partOf } from "./sums";
import type { TabProps } from "./wallet";
import type { Side } from "./words";

type Counterparty = Schemas["CounterpartyView"];

const CHOICES: readonly { name: string; value: Side | null }[] = [
  { name: "both sides", value: null },
  { name: "paid this wallet", value: "source" },
  { name: "were paid by it", value: "destination" },
];

export function Counterparties({ wallet }: TabProps) {
  const { key } = wallet;
  const side = CHOICES.find((one) => one.value === query.value.get("side"))?.value ?? null;
  const listing = useListing(`${key} ${side}`, (cursor, signal) => {
    const params = { path: { key }, query: { limit: 100, cursor, direction: side } };
    return answered(api.GET("/api/v1/wallets/{key}/counterparties", { params, signal }));
  });
  const address = `/api/v1/wallets/${encodeURIComponent(key)}/counterparties`;
  return (
    <>
      <div class="filters">
        <fieldset class="choice">
          <legend>Who</legend>
          {CHOICES.map((one) => (
            <a
              key={one.name}
              href={here({ side: one.value })}
              {...(one.value === side ? { "aria-current": "true" as const } : {})}
            >
              {one.name}
            </a>
          ))}
        </fieldset>
        <CsvButton address={side ? `${address}?direction=${side}` : address} name="counterparties.csv" />
      </div>
      <Listed listing={listing} what="counterparties" empty="There is no counterparty on that side.">
        {(rows) => (
          <Table
            name="Counterparties"
            rows={rows}
            id={(row) => `${row.key} ${row.direction}`}
            label={(row) => `${row.actor ?? row.key}, ${row.value} ${currency()} ${words(row.direction)}`}
            columns={columns(wallet, !listing.hasMore)}
            open={(row) => navigate(`/wallets/${encodeURIComponent(row.key)}`)}
            isMain
          />
        )}
      </Listed>
    </>
  );
}

function words(direction: Side): string {
  return direction === "source" ? "paid in" : "paid out";
}

/** Sorting is offered where all rows are here: a part of them, sorted, would tell an untruth. */
function columns(wallet: Schemas["WalletView"], isWhole: boolean): Column<Counterparty>[] {
  const all: Column<Counterparty>[] = [
    {
      head: "Wallet",
      cell: (row) => <Key of={row.key} href={`/wallets/${encodeURIComponent(row.key)}`} name={row.actor} />,
      by: (row) => row.actor ?? row.key,
    },
    { head: "Direction", cell: (row) => words(row.direction), by: (row) => row.direction },
    {
      head: "Value",
      unit: currency(),
      isNumber: true,
      cell: (row) => <Money amount={row.value} />,
      by: (row) => Number(micros(row.value)),
    },
    {
      head: "Share of side",
      isNumber: true,
      cell: (row) => (
        <Share share={partOf(row.value, row.direction === "source" ? wallet.in_value : wallet.out_value)} />
      ),
    },
    {
      head: "Category",
      cell: (row) => (row.category ? <Category name={row.category} /> : <span class="quiet">not attributed</span>),
      by: (row) => row.category ?? "",
    },
    { head: "Movements", isNumber: true, cell: (row) => counted(row.count), by: (row) => row.count },
    { head: "First", cell: (row) => <Time at={row.first_at} short />, by: (row) => row.first_at },
    { head: "Last", cell: (row) => <Time at={row.last_at} short />, by: (row) => row.last_at },
  ];
  return isWhole ? all : all.map(({ by: _, ...column }) => column);
}
