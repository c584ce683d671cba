/** The transactions that a line of the picture stands for. */
import { currency } from "../../session/about";
import { Key, Money, Time } from "../../ui/atoms";
import { Dialog } from "../../ui/dialog";
import { grouped } from "../../ui/numbers";
import { type Column, Table } from "../../ui/table";
import type { FlowEdge, Step } from "./flow_layout";

export function TransactionsDialog({ edge, close }: { edge: FlowEdge; close: () => void }) {
  const steps = [...edge.steps].sort((a, b) => a.at.localeCompare(b.at));
  return (
    <Dialog title="Transactions of this line" close={close} isWide>
      <p class="row">
        <Key of={edge.from} href={`/wallets/${encodeURIComponent(edge.from)}`} /> →{" "}
        <Key of={edge.to} href={`/wallets/${encodeURIComponent(edge.to)}`} />
      </p>
      <Table
        name="Transactions"
        rows={steps}
        id={(one) => one.transaction}
        label={(one) => one.transaction}
        columns={columns()}
      />
      <form method="dialog" class="row">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  );
}

function columns(): Column<Step>[] {
  return [
    { head: "At", cell: (one) => <Time at={one.at} /> },
    {
      head: "Transaction",
      cell: (one) => <Key of={one.transaction} href={`/transactions/${encodeURIComponent(one.transaction)}`} />,
    },
    { head: "Amount", isNumber: true, cell: (one) => `${grouped(one.amount, 6)} ${one.asset}` },
    { head: "Value", unit: currency(), isNumber: true, cell: (one) => <Money amount={one.value} /> },
  ];
}
