/** What the wallet took part in, latest landed first. */
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { navigate, query } from "../../router";
import { currency } from "../../session/about";
import { Key, Money, Time } from "../../ui/atoms";
import { Listed } from "../../ui/listed";
import { grouped } from "../../ui/numbers";
import { type Column, Table } from "../../ui/table";
import { here } from "./clock";
import { CsvButton } from "./csv";
import { type Names, useCounterpartyNames } from "./names";
import { added } from "./sums";
import type { TabProps } from "./wallet";

type Transaction = Schemas["TransactionView"];

const CHOICES = [
  { name: "all", value: null },
  { name: "counting", value: "false" },
  { name: "withdrawn", value: "true" },
] as const;

export function Transactions({ wallet }: TabProps) {
  const { key } = wallet;
  const withdrawn = CHOICES.find((one) => one.value === query.value.get("withdrawn")) ?? CHOICES[0];
  const filter = withdrawn.value === null ? {} : { withdrawn: withdrawn.value === "true" };
  const listing = useListing(`${key} ${withdrawn.name}`, (cursor, signal) => {
    const params = { path: { key }, query: { limit: 100, cursor, ...filter } };
    return answered(api.GET("/api/v1/wallets/{key}/transactions", { params, signal }));
  });
  const names = useCounterpartyNames(key);
  const address = `/api/v1/wallets/${encodeURIComponent(key)}/transactions`;
  return (
    <>
      <div class="filters">
        <fieldset class="choice">
          <legend>Show</legend>
          {CHOICES.map((one) => (
            <a
              key={one.name}
              href={here({ withdrawn: one.value })}
              {...(one === withdrawn ? { "aria-current": "true" as const } : {})}
            >
              {one.name}
            </a>
          ))}
        </fieldset>
        <CsvButton
          address={withdrawn.value === null ? address : `${address}?withdrawn=${withdrawn.value}`}
          name="transactions.csv"
        />
      </div>
      <Listed listing={listing} what="transactions" empty="No transaction of this wallet is of that kind.">
        {(rows) => (
          <Table
            name="Transactions"
            rows={rows}
            id={(row) => row.key}
            label={(row) => `Transaction ${row.key}, ${row.value} ${currency()}`}
            columns={columns(key, names)}
            open={(row) => navigate(`/transactions/${encodeURIComponent(row.key)}`)}
            rowClass={(row) => (row.withdrawn_at ? "gone" : "")}
            isMain
          />
        )}
      </Listed>
    </>
  );
}

function columns(key: string, names: Names): Column<Transaction>[] {
  return [
    { head: "Moved", cell: (row) => <Time at={row.at} /> },
    {
      head: "Transaction",
      cell: (row) => <Key of={row.key} href={`/transactions/${encodeURIComponent(row.key)}`} />,
    },
    { head: "In", unit: currency(), isNumber: true, cell: (row) => <Own parties={row.outputs} of={key} /> },
    { head: "Out", unit: currency(), isNumber: true, cell: (row) => <Own parties={row.inputs} of={key} /> },
    { head: "With", cell: (row) => <Others row={row} of={key} names={names} /> },
    {
      head: "Amount",
      isNumber: true,
      cell: (row) => (
        <span title={row.amount}>
          {grouped(row.amount)} <small>{row.asset}</small>
        </span>
      ),
    },
    { head: "State", cell: (row) => (row.withdrawn_at ? `withdrawn${row.reason ? `: ${row.reason}` : ""}` : "counts") },
  ];
}

function Own({ parties, of }: { parties: readonly Schemas["PartyView"][]; of: string }) {
  const own = parties.filter((one) => one.wallet === of);
  return own.length === 0 ? <span class="unseen">nothing</span> : <Money amount={added(own.map((one) => one.value))} />;
}

/** Whom it paid, where it paid; else who paid it. */
function Others({ row, of, names }: { row: Transaction; of: string; names: Names }) {
  const isPayer = row.inputs.some((one) => one.wallet === of);
  const side = isPayer ? row.outputs : row.inputs;
  const others = [...new Set(side.map((one) => one.wallet))].filter((one) => one !== of);
  const [first] = others;
  if (!first) return <span class="quiet">{row.inputs.length === 0 ? "newly made" : "itself"}</span>;
  return (
    <span class="row tight">
      {isPayer ? "to" : "from"}
      <Key of={first} href={`/wallets/${encodeURIComponent(first)}`} name={names.get(first) ?? null} />
      {others.length > 1 && <span class="quiet">and {others.length - 1} more</span>}
    </span>
  );
}
