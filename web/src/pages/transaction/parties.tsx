/** One side of a transaction. */
import type { Schemas } from "../../api/client";
import { navigate } from "../../router";
import { currency } from "../../session/about";
import { Box, Key, Money } from "../../ui/atoms";
import { grouped, many } from "../../ui/numbers";
import { type Names, useNames } from "../wallet/names";
import { type Column, Table } from "../../ui/table";

type Row = Schemas["PartyView"] & { place: number };

interface Props {
  title: string;
  parties: readonly Schemas["PartyView"][];
  asset: string;
  none: string;
}

export function Parties({ title, parties, asset, none }: Props) {
  const names = useNames(parties.map((one) => one.wallet));
  const rows = parties.map((one, place) => ({ ...one, place }));
  return (
    <Box title={title} aside={<small>{many(rows.length, "wallet")}</small>}>
      {rows.length === 0 ? (
        <p class="state">{none}</p>
      ) : (
        <Table
          name={title}
          rows={rows}
          id={(row) => String(row.place)}
          label={(row) => `${row.wallet}, ${row.amount} ${asset}`}
          columns={columns(asset, names)}
          open={(row) => navigate(`/wallets/${encodeURIComponent(row.wallet)}`)}
          isMain={title === "From"}
        />
      )}
    </Box>
  );
}

function columns(asset: string, names: Names): Column<Row>[] {
  return [
    {
      head: "Wallet",
      cell: (row) => (
        <Key of={row.wallet} href={`/wallets/${encodeURIComponent(row.wallet)}`} name={names.get(row.wallet) ?? null} />
      ),
    },
    {
      head: "Amount",
      unit: asset,
      isNumber: true,
      cell: (row) => <span title={row.amount}>{grouped(row.amount, 8)}</span>,
    },
    { head: "Value", unit: currency(), isNumber: true, cell: (row) => <Money amount={row.value} /> },
  ];
}
