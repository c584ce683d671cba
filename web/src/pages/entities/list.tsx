/** Entities, the largest first: wallets of networks with change that were found to share an owner. */
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { navigate } from "../../router";
import { mayRun } from "../../session/me";
import { Key } from "../../ui/atoms";
import { Listed } from "../../ui/listed";
import { counted, many, percent } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { useSubmit } from "../../ui/submit";
import { type Column, Table } from "../../ui/table";

type Row = Schemas["EntityItem"];

const COLUMNS: readonly Column<Row>[] = [
  { head: "Entity", cell: (row) => <Key of={row.key} href={`/entities/${encodeURIComponent(row.key)}`} /> },
  { head: "Network", cell: (row) => row.network },
  { head: "Wallets", isNumber: true, cell: (row) => counted(row.size) },
  { head: "Confidence", isNumber: true, cell: (row) => percent(row.confidence) },
];

export default function Entities() {
  const listing = useListing("", (cursor, signal) =>
    answered(api.GET("/api/v1/entities", { params: { query: { limit: 100, cursor } }, signal })),
  );
  const { run, isBusy, failure } = useSubmit(async () => {
    const job = await answered(api.POST("/api/v1/clusterings", {}));
    navigate(`/jobs/${encodeURIComponent(job.id)}`);
  });
  return (
    <>
      <PageHead
        title="Entities"
        actions={
          mayRun() && (
            <button type="button" disabled={isBusy} onClick={() => void run()}>
              Cluster now
            </button>
          )
        }
      />
      {failure}
      <Listed
        listing={listing}
        what="entities"
        empty={<p>No wallets of one owner were found: none of a network with change, or they were never clustered.</p>}
      >
        {(rows) => (
          <Table
            name="Entities"
            rows={rows}
            id={(row) => row.key}
            label={(row) => `${row.network}, ${many(row.size, "wallet")}`}
            columns={COLUMNS}
            open={(row) => navigate(`/entities/${encodeURIComponent(row.key)}`)}
            isMain
          />
        )}
      </Listed>
    </>
  );
}
