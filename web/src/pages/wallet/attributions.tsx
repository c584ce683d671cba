/** What sources say the wallet is: what decides first, then what was outranked, then what is past. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { navigate } from "../../router";
import { mayRun } from "../../session/me";
import { Time } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { percent } from "../../ui/numbers";
import { Empty, Shown } from "../../ui/states";
import { type Column, Table } from "../../ui/table";
import { clockNow, told } from "./clock";
import { ClockBar } from "./clock_bar";
import { CsvButton } from "./csv";
import type { TabProps } from "./wallet";
import { Withdraw } from "./withdraw";
import { standingName } from "./words";

type Ranked = Schemas["RankedView"];

export function Attributions({ wallet }: TabProps) {
  const { key } = wallet;
  const { as_of, known_at } = clockNow();
  const asked = useAsked(`${key} ${told(clockNow())}`, (signal) => {
    const params = { path: { key }, query: { as_of, known_at } };
    return answered(api.GET("/api/v1/wallets/{key}/attributions", { params, signal }));
  });
  const leaving = useSignal<Ranked | null>(null);
  const address = `/api/v1/wallets/${encodeURIComponent(key)}/attributions`;
  return (
    <>
      <div class="filters">
        <ClockBar withHops={false} />
        <CsvButton address={address} name="attributions.csv" />
      </div>
      <Shown asked={asked} what="attributions">
        {(found) =>
          found.items.length === 0 ? (
            <Empty>
              <p>
                <strong>Nobody has said what this wallet is.</strong> What it is exposed to is on the overview.
              </p>
              {mayRun() && <a href="/attributions/import">Import attributions</a>}
            </Empty>
          ) : (
            <Table
              name="Attributions"
              rows={found.items}
              id={(row) => row.id}
              label={(row) => `${row.category} by ${row.source}, ${standingName(row.standing)}`}
              columns={columns((row) => {
                leaving.value = row;
              })}
              open={(row) => navigate(`/attributions/${row.id}`)}
              rowClass={(row) => (row.in_force ? "" : "gone")}
              isMain
            />
          )
        }
      </Shown>
      {leaving.value && (
        <Withdraw
          attribution={leaving.value}
          close={() => {
            leaving.value = null;
          }}
          done={asked.again}
        />
      )}
    </>
  );
}

function columns(withdraw: (row: Ranked) => void): Column<Ranked>[] {
  return [
    { head: "Standing", cell: (row) => standingName(row.standing) },
    {
      head: "Category",
      cell: (row) => (
        <a href={`/attributions/${row.id}`}>
          <Category name={row.category} />
        </a>
      ),
    },
    { head: "Who", cell: (row) => row.actor ?? <span class="quiet">unnamed</span> },
    {
      head: "Source",
      cell: (row) => (
        <>
          {row.source}
          {row.official && <span class="tag">official</span>}
        </>
      ),
    },
    { head: "Confidence", isNumber: true, cell: (row) => percent(row.confidence) },
    { head: "Valid", cell: (row) => <Validity row={row} /> },
    { head: "Recorded", cell: (row) => <Time at={row.recorded_at} short /> },
    { head: "Note", cell: (row) => row.note ?? "" },
    ...(mayRun()
      ? [
          {
            head: "Withdraw",
            cell: (row: Ranked) =>
              row.withdrawn_at ? (
                <span>
                  was <Time at={row.withdrawn_at} short />
                </span>
              ) : (
                <button type="button" class="bare" onClick={() => withdraw(row)}>
                  Withdraw …
                </button>
              ),
          },
        ]
      : []),
  ];
}

function Validity({ row }: { row: Ranked }) {
  if (!row.valid_from && !row.valid_to) return <span>always</span>;
  return (
    <span>
      {row.valid_from ? <Time at={row.valid_from} short /> : "always"} to{" "}
      {row.valid_to ? <Time at={row.valid_to} short /> : "further notice"}
    </span>
  );
}
