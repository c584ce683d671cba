/** Attributions: what sources say wallets are, latest recorded first. */
import "./attributions.css";
import { useSignal } from "@preact/signals";
import { answered, api } from "../../api/client";
import { saveCsv } from "../../api/files";
import { useListing } from "../../api/listing";
import { navigate, query } from "../../router";
import { about } from "../../session/about";
import { mayRun } from "../../session/me";
import { Key, Share, Time } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { filterOf } from "../../ui/filtered";
import { Filters, SelectFilter, TextFilter } from "../../ui/filters";
import { useKeys } from "../../ui/keys";
import { Listed } from "../../ui/listed";
import { PageHead } from "../../ui/page";
import { type Column, Table } from "../../ui/table";
import { tellFailure } from "../../ui/toasts";
import { NewAttribution } from "./new";
import { type Attribution, attributionPath, Span, Standing } from "./words";

const FILTERS = ["wallet", "category", "source", "in_force", "review"] as const;

const COLUMNS: readonly Column<Attribution>[] = [
  { head: "Wallet", cell: (one) => <Key of={one.wallet} href={`/wallets/${encodeURIComponent(one.wallet)}`} /> },
  { head: "Category", cell: (one) => <Category name={one.category} /> },
  { head: "Actor", cell: (one) => one.actor ?? <span class="quiet">unknown</span> },
  {
    head: "Source",
    cell: (one) => (
      <>
        <a href={attributionPath(one.id)}>{one.source}</a> {one.official && <span class="tag">official</span>}
      </>
    ),
  },
  { head: "Confidence", isNumber: true, cell: (one) => <Share share={one.confidence} /> },
  { head: "True", cell: (one) => <Span of={one} /> },
  { head: "Recorded", cell: (one) => <Time at={one.recorded_at} short /> },
  { head: "Stands", cell: (one) => <Standing of={one} /> },
];

export default function Page() {
  const isNew = useSignal(query.value.has("new"));
  const open = () => {
    isNew.value = true;
  };
  const keys = [
    { key: "n", does: "record an attribution", run: open },
    { key: "i", does: "import a file", run: () => navigate("/attributions/import") },
  ];
  useKeys(mayRun() ? keys : [], []);
  return (
    <>
      <PageHead
        title="Attributions"
        actions={
          <>
            <button type="button" onClick={() => void csv()}>
              CSV
            </button>
            {mayRun() && (
              <>
                <a class="button" href="/attributions/import">
                  Import … <kbd>I</kbd>
                </a>
                <button type="button" class="main" onClick={open}>
                  New <kbd>N</kbd>
                </button>
              </>
            )}
          </>
        }
      />
      <Choices />
      <Attributions />
      {isNew.value && (
        <NewAttribution
          close={() => {
            isNew.value = false;
          }}
        />
      )}
    </>
  );
}

function Choices() {
  const categories = (about.value?.categories ?? []).map((one) => ({ value: one.name, label: one.title }));
  const given = filterOf("category");
  const unknown = given && !categories.some((one) => one.value === given) ? [{ value: given, label: given }] : [];
  return (
    <Filters>
      <TextFilter label="Wallet" name="wallet" placeholder="network:address" />
      <SelectFilter
        label="Category"
        name="category"
        options={[{ value: "", label: "any" }, ...categories, ...unknown]}
      />
      <TextFilter label="Source" name="source" placeholder="as recorded" />
      <SelectFilter
        label="In force"
        name="in_force"
        options={[
          { value: "", label: "any" },
          { value: "true", label: "in force" },
          { value: "false", label: "not in force" },
        ]}
      />
      <SelectFilter
        label="Review"
        name="review"
        options={[
          { value: "", label: "any" },
          { value: "true", label: "category to be reviewed" },
          { value: "false", label: "category known" },
        ]}
      />
    </Filters>
  );
}

function Attributions() {
  const filters = asked();
  const listing = useListing(JSON.stringify(filters), (cursor, signal) =>
    answered(
      api.GET("/api/v1/attributions", { params: { query: { ...filters, ...(cursor ? { cursor } : {}) } }, signal }),
    ),
  );
  const isFiltered = FILTERS.some((name) => filterOf(name));
  return (
    <Listed
      listing={listing}
      what="attributions"
      empty={
        isFiltered ? (
          <p>No attribution is like this. Clear a filter to see more.</p>
        ) : (
          <p>
            Nothing is known of any wallet yet. {mayRun() && <a href="/attributions/import">Import a list</a>} or record
            one.
          </p>
        )
      }
    >
      {(rows) => (
        <Table
          name="Attributions"
          isMain
          rows={rows}
          id={(one) => one.id}
          label={(one) => `${one.wallet} is ${one.category}, says ${one.source}`}
          columns={COLUMNS}
          open={(one) => navigate(attributionPath(one.id))}
        />
      )}
    </Listed>
  );
}

/** The filters of the address as the API knows them. */
function asked() {
  const texts = Object.fromEntries(
    (["wallet", "category", "source"] as const).flatMap((name) => {
      const given = filterOf(name);
      return given ? [[name, given]] : [];
    }),
  );
  const [inForce, review] = [filterOf("in_force"), filterOf("review")];
  return {
    ...texts,
    ...(inForce ? { in_force: inForce === "true" } : {}),
    ...(review ? { review: review === "true" } : {}),
  };
}

async function csv(): Promise<void> {
  const filters = Object.entries(asked()).map(([name, value]) => [name, String(value)]);
  try {
    await saveCsv(`/api/v1/attributions?${new URLSearchParams(filters)}`, "attributions.csv");
  } catch (error) {
    tellFailure(error);
  }
}
