/** Cases: what is worked on together, newest first. */
import "./cases.css";
import { useSignal } from "@preact/signals";
import { answered, api } from "../../api/client";
import { saveCsv } from "../../api/files";
import { useListing } from "../../api/listing";
import { navigate, query } from "../../router";
import { mayWork, me } from "../../session/me";
import { Who } from "../../ui/person";
import { Time } from "../../ui/atoms";
import { filterOf } from "../../ui/filtered";
import { Filters, SelectFilter, TextFilter } from "../../ui/filters";
import { useKeys } from "../../ui/keys";
import { Listed } from "../../ui/listed";
import { PageHead } from "../../ui/page";
import { type Column, Table } from "../../ui/table";
import { tellFailure } from "../../ui/toasts";
import { NewCase } from "./new";
import { type CaseView, outcomeWords, StatusTag } from "./words";

const FILTERS = ["status", "assignee", "wallet", "alert"] as const;

const COLUMNS: readonly Column<CaseView>[] = [
  { head: "Case", cell: (one) => <a href={address(one)}>{one.title}</a> },
  {
    head: "Status",
    cell: (one) => (
      <>
        <StatusTag status={one.status} /> {one.outcome && <small>{outcomeWords(one.outcome)}</small>}
      </>
    ),
  },
  { head: "Assigned to", cell: (one) => <Who id={one.assignee} /> },
  { head: "Changed", cell: (one) => <Time at={one.changed_at} short /> },
  { head: "Opened", cell: (one) => <Time at={one.created_at} short /> },
  { head: "By", cell: (one) => <Who id={one.created_by} /> },
];

export default function Page() {
  const isNew = useSignal(query.value.has("new"));
  const open = () => {
    isNew.value = true;
  };
  useKeys(mayWork() ? [{ key: "n", does: "open a new case", run: open }] : [], []);
  return (
    <>
      <PageHead
        title="Cases"
        actions={
          <>
            <button type="button" onClick={() => void csv()}>
              CSV
            </button>
            {mayWork() && (
              <button type="button" class="main" onClick={open}>
                New case <kbd>N</kbd>
              </button>
            )}
          </>
        }
      />
      <Choices />
      <Cases />
      {isNew.value && (
        <NewCase
          close={() => {
            isNew.value = false;
          }}
        />
      )}
    </>
  );
}

function Choices() {
  const mine = me.value?.id ?? "me";
  return (
    <Filters>
      <SelectFilter
        label="Status"
        name="status"
        options={[
          { value: "", label: "any" },
          { value: "open", label: "open" },
          { value: "closing", label: "closing proposed" },
          { value: "closed", label: "closed" },
        ]}
      />
      <SelectFilter
        label="Assigned to"
        name="assignee"
        options={[
          { value: "", label: "anybody or nobody" },
          { value: "me", label: "me" },
          { value: "none", label: "nobody" },
          ...others(mine),
        ]}
      />
      <TextFilter label="Wallet" name="wallet" placeholder="network:address" />
      <TextFilter label="Alert" name="alert" placeholder="alr_…" />
    </Filters>
  );
}

/** An assignee that the address names and the choices do not. */
function others(mine: string): { value: string; label: string }[] {
  const given = filterOf("assignee");
  return given && !["me", "none", mine].includes(given) ? [{ value: given, label: given }] : [];
}

function Cases() {
  const filters = asked();
  const listing = useListing(JSON.stringify(filters), (cursor, signal) =>
    answered(api.GET("/api/v1/cases", { params: { query: { ...filters, ...(cursor ? { cursor } : {}) } }, signal })),
  );
  const isFiltered = FILTERS.some((name) => filterOf(name));
  return (
    <Listed
      listing={listing}
      what="cases"
      empty={
        isFiltered ? (
          <p>No case is like this. Clear a filter to see more.</p>
        ) : (
          <p>There is no case yet. Open one with the alerts that belong together.</p>
        )
      }
    >
      {(rows) => (
        <Table
          name="Cases"
          isMain
          rows={rows}
          id={(one) => one.id}
          label={(one) => `${one.title}, ${one.status}`}
          columns={COLUMNS}
          open={(one) => navigate(address(one))}
        />
      )}
    </Listed>
  );
}

function address(one: CaseView): string {
  return `/cases/${encodeURIComponent(one.id)}`;
}

/** The filters as the API knows them: nobody is the empty name there. */
function asked() {
  const status = filterOf("status") as CaseView["status"] | undefined;
  const assignee = filterOf("assignee");
  const wallet = filterOf("wallet");
  const alert = filterOf("alert");
  return {
    ...(status ? { status } : {}),
    ...(assignee ? { assignee: assignee === "none" ? "" : assignee } : {}),
    ...(wallet ? { wallet } : {}),
    ...(alert ? { alert } : {}),
  };
}

async function csv(): Promise<void> {
  try {
    await saveCsv(`/api/v1/cases?${new URLSearchParams(asked())}`, "cases.csv");
  } catch (error) {
    tellFailure(error);
  }
}
