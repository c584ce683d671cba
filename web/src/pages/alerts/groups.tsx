/** Alerts of one cause, together: forty of a kind are closed at once. */
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { navigate, query } from "../../router";
import { currency } from "../../session/about";
import { Money, SeverityMark, Time, Unknown } from "../../ui/atoms";
import { Category } from "../../ui/categories";
import { Listed } from "../../ui/listed";
import { counted } from "../../ui/numbers";
import { type Column, Table } from "../../ui/table";
import { asked } from "./asked";

type Group = Schemas["AlertGroupView"];

export function Groups() {
  const { sort: _, ...rest } = asked(query.value);
  const { group: __, proposed: ___, from: ____, to: _____, ...wanted } = rest;
  const listing = useListing(JSON.stringify(wanted), (cursor, signal) =>
    answered(
      api.GET("/api/v1/alerts/groups", {
        params: { query: { ...wanted, limit: 50, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  return (
    <Listed listing={listing} what="causes" empty={<p>No alert is as asked.</p>}>
      {(rows) => (
        <Table
          name="Causes"
          rows={rows}
          id={(one) => one.group_id}
          label={(one) => `${one.count} alerts: ${one.explanation}`}
          columns={columns()}
          open={(one) => navigate(address(one))}
          isMain
        />
      )}
    </Listed>
  );
}

function address(group: Group): string {
  return `/alerts?group=${encodeURIComponent(group.group_id)}`;
}

function columns(): Column<Group>[] {
  return [
    { head: "Worst", cell: (one) => <SeverityMark severity={one.severity} /> },
    { head: "Alerts", isNumber: true, cell: (one) => counted(one.count) },
    { head: "Not closed", isNumber: true, cell: (one) => counted(one.open) },
    {
      head: "Why, of the first",
      cell: (one) => (
        <a class="sentence" href={address(one)}>
          {one.explanation}
        </a>
      ),
    },
    {
      head: "Category",
      cell: (one) => (one.category ? <Category name={one.category} /> : <span class="quiet">none</span>),
    },
    {
      head: "Value",
      unit: currency(),
      isNumber: true,
      cell: (one) => (one.value === null ? <Unknown /> : <Money amount={one.value} />),
    },
    { head: "Latest", cell: (one) => <Time at={one.newest_at} short /> },
  ];
}
