/** What a rule has been: every version, and the difference of two. */
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { query, setQuery } from "../../router";
import { Box, Time } from "../../ui/atoms";
import { Difference } from "../../ui/difference";
import { Select } from "../../ui/fields";
import { Listed } from "../../ui/listed";
import { type Column, Table } from "../../ui/table";
import { linesOf } from "./draft";

type Version = Schemas["RuleVersionView"];
type Rule = Schemas["RuleView"];

export function Versions({ rule }: { rule: Rule }) {
  const listing = useListing(`${rule.id} ${rule.version}`, (cursor, signal) =>
    answered(
      api.GET("/api/v1/rules/{rule}/versions", {
        params: { path: { rule: rule.id }, query: { limit: 100, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  return (
    <Box title="Versions">
      <div class="inside form">
        <Listed listing={listing} what="versions" empty={<p>No version is recorded.</p>}>
          {(rows) => (
            <>
              {rows.length > 1 && <Compared rule={rule} versions={rows} />}
              <Table
                name="Every version"
                rows={rows}
                id={(one) => String(one.version)}
                label={(one) => `Version ${one.version}`}
                columns={columns(rule)}
              />
            </>
          )}
        </Listed>
      </div>
    </Box>
  );
}

/** Two versions, the newer beside the one before it or that in force, unless the address says which. */
function Compared({ rule, versions }: { rule: Rule; versions: readonly Version[] }) {
  const latest = versions[0]?.version ?? 1;
  const usual = rule.active_version !== null && rule.active_version !== latest ? rule.active_version : latest - 1;
  const before = chosen("before", usual),
    after = chosen("after", latest);
  const of = (wanted: string) => versions.find((one) => String(one.version) === wanted);
  const old = of(before.value),
    fresh = of(after.value);
  const options = versions.map((one) => ({ value: String(one.version), label: `version ${one.version}` }));
  return (
    <>
      <div class="filters">
        <Select label="From" value={before} options={options} />
        <Select label="to" value={after} options={options} />
      </div>
      {old && fresh ? (
        <Difference before={linesOf(old)} after={linesOf(fresh)} />
      ) : (
        <p class="quiet">That version is not among those shown.</p>
      )}
    </>
  );
}

function chosen(name: string, usual: number) {
  return {
    get value() {
      return query.value.get(name) ?? String(usual);
    },
    set value(next: string) {
      setQuery({ [name]: next });
    },
  };
}

function columns(rule: Rule): Column<Version>[] {
  return [
    {
      head: "Version",
      isNumber: true,
      cell: (one) => one.version,
    },
    { head: "", cell: (one) => (one.version === rule.active_version ? <span class="tag">● in force</span> : null) },
    { head: "Title", cell: (one) => one.title },
    { head: "Score", unit: "0–1", isNumber: true, cell: (one) => one.score },
    { head: "Recorded", cell: (one) => <Time at={one.recorded_at} /> },
    { head: "By", cell: (one) => <span class="mono">{one.author}</span> },
  ];
}
