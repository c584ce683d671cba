/** How well a model does on wallets that it was not fitted on, beside what one would have without it. */
import { Box } from "../../ui/atoms";
import { percent } from "../../ui/numbers";
import { type Column, Table } from "../../ui/table";
import { figure, type History, inOrder, type Model, meaningOf } from "./words";

export function MetricsBox({ model, champion }: { model: History; champion: Model | null }) {
  const other = champion && champion.id !== model.id ? champion : null;
  const names = inOrder(model.metrics);
  return (
    <Box title="How well" aside={<span class="quiet">{measuredOn(model)}</span>}>
      <div class="inside form">
        {calibration(model) && <p>{calibration(model)}</p>}
        <Table
          name="Metrics"
          rows={names}
          id={(one) => one}
          label={(one) => meaningOf(one).name}
          columns={columns(model, other)}
        />
      </div>
    </Box>
  );
}

function measuredOn({ kind, labels }: History): string {
  if (kind === "isolation_forest") return "learns from no labels, so there is no right or wrong to measure";
  const told = Object.entries(labels).map(([name, count]) => `${count} ${name}`);
  return `on wallets it was not fitted on; labels: ${told.join(", ")}`;
}

function columns(model: History, other: Model | null): Column<string>[] {
  const without = (metric: string) => meaningOf(metric).baseline(model.metrics);
  return [
    {
      head: "Metric",
      cell: (one) => (
        <>
          {meaningOf(one).name} <small class="words">{meaningOf(one).words}</small>
        </>
      ),
    },
    { head: model.id, isNumber: true, cell: (one) => <strong>{figure(model.metrics[one] ?? 0)}</strong> },
    ...(other ? [besideChampion(other)] : []),
    {
      head: "Baseline",
      isNumber: true,
      cell: (one) => {
        const found = without(one);
        return found ? (
          <>
            {figure(found.value)} <small class="words">{found.words}</small>
          </>
        ) : (
          <span class="quiet">none</span>
        );
      },
    },
  ];
}

function besideChampion(champion: Model): Column<string> {
  return {
    head: `${champion.id}, champion`,
    isNumber: true,
    cell: (one) => {
      const found = champion.metrics[one];
      return found === undefined ? <span class="quiet">unknown</span> : figure(found);
    },
  };
}

/** Whether what it says can be read as a probability, from the Brier score and what telling the base rate would have. */
function calibration({ metrics }: History): string | null {
  const { brier, base_rate: rate } = metrics;
  if (brier === undefined || rate === undefined || rate <= 0 || rate >= 1) return null;
  const gain = 1 - brier / (rate * (1 - rate));
  return gain > 0
    ? `Calibration: its probabilities are ${percent(gain)} closer to what was found than the base rate for all.`
    : "Calibration: its probabilities are no closer to what was found than the base rate for all. Read them as an order.";
}
