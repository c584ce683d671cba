/** The audit log: who did what to what, the latest first, and whether the log itself still holds. */
import "./audit.css";
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import { saveCsv } from "../../api/files";
import { useListing } from "../../api/listing";
import { navigate } from "../../router";
import { isOneOf } from "../../session/me";
import { everybody } from "../../session/people";
import { Time } from "../../ui/atoms";
import { Detail } from "../../ui/details";
import { filterOf } from "../../ui/filtered";
import { DayFilter, Filters, SelectFilter, TextFilter } from "../../ui/filters";
import { Listed } from "../../ui/listed";
import { counted } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { Who } from "../../ui/person";
import { Empty } from "../../ui/states";
import { type Column, Table } from "../../ui/table";
import { tellFailure } from "../../ui/toasts";
import { Verification } from "./verification";
import { About, type AuditEvent } from "./words";

const COLUMNS: readonly Column<AuditEvent>[] = [
  { head: "#", isNumber: true, cell: (one) => <a href={`/audit/${one.seq}`}>{counted(one.seq)}</a> },
  { head: "At", cell: (one) => <Time at={one.at} /> },
  { head: "Who", cell: (one) => <Who id={one.actor} /> },
  { head: "Action", cell: (one) => <code>{one.action}</code> },
  { head: "About", cell: (one) => <About event={one} /> },
  { head: "Says", cell: (one) => <Says event={one} /> },
];

export default function Page() {
  const mayRead = isOneOf("supervisor", "admin", "auditor");
  return (
    <>
      <PageHead
        title="Audit log"
        actions={
          mayRead && (
            <button type="button" onClick={() => void csv()}>
              CSV
            </button>
          )
        }
      />
      <Verification />
      {mayRead ? (
        <>
          <Choices />
          <Events />
        </>
      ) : (
        <Empty>
          <p>
            Supervisors, admins and auditors search the log. What happened to an alert, a case or a wallet stands on its
            own page.
          </p>
        </Empty>
      )}
    </>
  );
}

function Says({ event }: { event: AuditEvent }) {
  const parts = Object.entries(event.body).slice(0, 4);
  return (
    <small class="says">
      {parts.map(([name, value]) => (
        <Detail key={name} name={name} value={value} />
      ))}
    </small>
  );
}

function Choices() {
  const actions = useAsked("actions", (signal) => answered(api.GET("/api/v1/audit/actions", { signal })));
  const people = everybody().map((one) => ({ value: one.id, label: `${one.name}, ${one.role}` }));
  return (
    <Filters>
      <SelectFilter
        label="Action"
        name="action"
        options={withGiven("action", [
          { value: "", label: "any" },
          ...(actions.data?.items ?? []).map((one) => ({ value: one.action, label: one.action })),
        ])}
      />
      <SelectFilter
        label="Who"
        name="actor"
        options={withGiven("actor", [
          { value: "", label: "anybody" },
          ...people,
          { value: "worker", label: "the worker" },
          { value: "cli", label: "the command line" },
          { value: "headwater", label: "Headwater itself" },
        ])}
      />
      <TextFilter label="About" name="subject" placeholder="id or key, in full" />
      <DayFilter label="From, UTC" name="from" />
      <DayFilter label="To and with, UTC" name="to" />
    </Filters>
  );
}

/** The choices, with the one that the address names and that is not among them. */
function withGiven(name: string, options: { value: string; label: string }[]) {
  const given = filterOf(name);
  return given && !options.some((one) => one.value === given) ? [...options, { value: given, label: given }] : options;
}

function Events() {
  const filters = asked();
  const listing = useListing(JSON.stringify(filters), (cursor, signal) =>
    answered(
      api.GET("/api/v1/audit", {
        params: { query: { ...filters, order: "latest", limit: 100, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <Listed
      listing={listing}
      what="events"
      empty={isFiltered ? <p>No event is like this. Clear a filter to see more.</p> : <p>Nothing has happened yet.</p>}
    >
      {(rows) => (
        <Table
          name="Events"
          isMain
          rows={rows}
          id={(one) => String(one.seq)}
          label={(one) => `event ${one.seq}, ${one.action}, about ${one.subject}`}
          columns={COLUMNS}
          open={(one) => navigate(`/audit/${one.seq}`)}
        />
      )}
    </Listed>
  );
}

const DAY_MS = 86_400_000;

/** The filters of the address as the API knows them: whole days in UTC, the last one with them. */
function asked(): Record<string, string> {
  const [from, to] = [filterOf("from"), filterOf("to")];
  const texts = (["action", "actor", "subject"] as const).map((name) => [name, filterOf(name)]);
  const until = to && new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS).toISOString();
  const given = [...texts, ["from", from && `${from}T00:00:00Z`], ["to", until]];
  return Object.fromEntries(given.filter(([, value]) => value));
}

async function csv(): Promise<void> {
  try {
    await saveCsv(`/api/v1/audit?${new URLSearchParams({ ...asked(), order: "latest" })}`, "audit.csv");
  } catch (error) {
    tellFailure(error);
  }
}
