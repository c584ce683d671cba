/** Every policy, and which one decides now. */
import { answered, api } from "../../api/client";
import { useListing } from "../../api/listing";
import { navigate } from "../../router";
import { mayRun } from "../../session/me";
import { Time } from "../../ui/atoms";
import { useKeys } from "../../ui/keys";
import { Listed } from "../../ui/listed";
import { PageHead } from "../../ui/page";
import { type Column, Table } from "../../ui/table";
import type { PolicyView } from "./values";

type Policy = PolicyView;

export default function PoliciesPage() {
  const listing = useListing("policies", (cursor, signal) =>
    answered(api.GET("/api/v1/policies", { params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } }, signal })),
  );
  const current = listing.rows.find((one) => one.in_force);
  const begin = `/policies/new-policy${current ? `?from=${current.id}` : ""}`;
  useKeys(mayRun() ? [{ key: "n", does: "write a policy", run: () => navigate(begin) }] : [], [begin, mayRun()]);
  return (
    <>
      <PageHead
        title="Policies"
        beside={<span class="quiet">weights, thresholds and floors that turn signals into a decision</span>}
        actions={
          mayRun() && (
            <a class="button" href={begin}>
              New version <kbd>N</kbd>
            </a>
          )
        }
      />
      <Listed listing={listing} what="policies" empty={<p>No policy is recorded.</p>}>
        {(rows) => (
          <Table
            name="Policies"
            isMain
            rows={rows}
            id={(one) => one.id}
            label={(one) => one.id}
            columns={COLUMNS}
            open={(one) => navigate(`/policies/${one.id}`)}
          />
        )}
      </Listed>
    </>
  );
}

const threshold = (name: string) => (one: Policy) => one.policy.thresholds[name] ?? <span class="quiet">unknown</span>;

const COLUMNS: Column<Policy>[] = [
  { head: "Policy", cell: (one) => <a href={`/policies/${one.id}`}>{one.id}</a>, by: (one) => one.id },
  { head: "State", cell: (one) => <InForce policy={one} />, by: (one) => Number(one.in_force) },
  { head: "Low from", unit: "0–1", isNumber: true, cell: threshold("low") },
  { head: "High from", unit: "0–1", isNumber: true, cell: threshold("high") },
  { head: "Critical from", unit: "0–1", isNumber: true, cell: threshold("critical") },
  { head: "Hops", isNumber: true, cell: (one) => one.policy.hops, by: (one) => one.policy.hops },
  { head: "Signals by weight", cell: (one) => heaviest(one) },
  { head: "Recorded", cell: (one) => <Time at={one.recorded_at} short />, by: (one) => one.recorded_at },
  { head: "By", cell: (one) => <span class="mono">{one.author}</span> },
];

export function InForce({ policy }: { policy: Policy }) {
  return policy.in_force ? <span class="tag on">● in force</span> : <span class="quiet">not in force</span>;
}

function heaviest({ policy }: Policy): string {
  return Object.entries(policy.weights)
    .filter(([, weight]) => weight > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, weight]) => `${name.replaceAll("_", " ")} ${weight}`)
    .join(" · ");
}
