/** What a file would do, and what it did; rows that were not taken are told with line and reason. */
import type { Schemas } from "../../api/client";
import { Box } from "../../ui/atoms";
import { counted, many } from "../../ui/numbers";
import { Table } from "../../ui/table";
import { Impact } from "./impact";

type Preview = Schemas["ImportPreview"];
type Imported = Schemas["ImportedView"];
type Row = Schemas["RejectedView"];

export function Previewed({ of, take, isBusy }: { of: Preview; take: () => void; isBusy: boolean }) {
  const isNothing = of.recorded === 0 && of.withdrawn === 0;
  return (
    <>
      <Box title="What it would do">
        <div class="inside">
          <Counts of={of} words={["to be recorded", "known already", "to be withdrawn", "not taken"]} />
          {of.impact && !isNothing && <Impact of={of.impact} />}
          <p class="row">
            <button type="button" class="main" disabled={isBusy || isNothing} onClick={take}>
              Import {many(of.recorded, "attribution")}
              {of.withdrawn > 0 && ` and withdraw ${counted(of.withdrawn)}`}
            </button>
            {isNothing && <small>There is nothing in it that is not known already.</small>}
          </p>
        </div>
      </Box>
      <Rows title="Rows not taken" rows={of.rows} total={of.rejected} />
      <Rows title="Put right in rows taken" rows={of.remarks} total={of.remarks.length} />
    </>
  );
}

export function Done({ of }: { of: Imported }) {
  return (
    <>
      <Box title="Imported">
        <div class="inside" role="status">
          <Counts of={of} words={["recorded", "known already", "withdrawn", "not taken"]} />
          <p class="row">
            <a href="/attributions">See the attributions</a>
            {of.job && <a href={`/jobs/${encodeURIComponent(of.job)}`}>Follow the screening of what follows</a>}
          </p>
        </div>
      </Box>
      <Rows title="Rows not taken" rows={of.rows} total={of.rejected} />
      <Rows title="Put right in rows taken" rows={of.remarks} total={of.remarks.length} />
    </>
  );
}

type Counted = Pick<Imported, "recorded" | "known" | "withdrawn" | "rejected" | "review">;

function Counts({ of, words }: { of: Counted; words: readonly [string, string, string, string] }) {
  const counts = [of.recorded, of.known, of.withdrawn, of.rejected];
  const review = Object.entries(of.review);
  return (
    <>
      <ul class="plain counts">
        {words.map((word, place) => (
          <li key={word}>
            <strong>{counted(counts[place] ?? 0)}</strong> {word}
          </li>
        ))}
      </ul>
      {review.length > 0 && (
        <p class="notice">
          Categories that are not in the table, which decide nothing until somebody{" "}
          <a href="/attributions?review=true">reviews</a> them:{" "}
          {review.map(([name, count]) => `${name} (${counted(count)})`).join(", ")}
        </p>
      )}
    </>
  );
}

function Rows({ title, rows, total }: { title: string; rows: readonly Row[]; total: number }) {
  if (rows.length === 0) return null;
  return (
    <Box
      title={title}
      aside={
        rows.length < total && (
          <small>
            the first {counted(rows.length)} of {counted(total)}
          </small>
        )
      }
    >
      <Table
        name={title}
        rows={rows}
        id={(one) => `${one.line} ${one.reason}`}
        label={(one) => `line ${one.line}: ${one.reason}`}
        columns={[
          { head: "Line", isNumber: true, cell: (one) => counted(one.line) },
          { head: "Reason", cell: (one) => one.reason },
        ]}
      />
    </Box>
  );
}
