/** The queue: what to look at next, live, worked by keys. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { answered, api } from "../../api/client";
import { saveCsv } from "../../api/files";
import { useListing } from "../../api/listing";
import { hear } from "../../live/stream";
import { query, setQuery } from "../../router";
import { about } from "../../session/about";
import { Filters, SelectFilter, TextFilter } from "../../ui/filters";
import { Listed } from "../../ui/listed";
import { PageHead } from "../../ui/page";
import { tellFailure } from "../../ui/toasts";
import { asked, FIRST_STATUS } from "./asked";
import { Groups } from "./groups";
import { rememberOrder } from "./order";
import { AlertTable } from "./table";
import { Working } from "./working";
import "./alerts.css";

const PAGE = 50;
/** Events that come together are one question. */
const TOGETHER_MS = 150;

export default function Queue() {
  const isGroups = query.value.get("view") === "groups";
  return (
    <>
      <PageHead title="Alerts" actions={<Actions isGroups={isGroups} />} />
      <QueueFilters />
      {isGroups ? <Groups /> : <List />}
    </>
  );
}

function Actions({ isGroups }: { isGroups: boolean }) {
  const save = () => {
    const filters = new URLSearchParams(asked(query.value) as Record<string, string>);
    saveCsv(`/api/v1/alerts?${filters}`, "alerts.csv").catch(tellFailure);
  };
  return (
    <>
      <button type="button" aria-pressed={isGroups} onClick={() => setQuery({ view: isGroups ? null : "groups" })}>
        By cause
      </button>
      <button type="button" onClick={save}>
        Export CSV
      </button>
    </>
  );
}

function QueueFilters() {
  const categories = about.value?.categories.filter((one) => one.class === "illicit").map((one) => one.name) ?? [];
  return (
    <Filters>
      <SelectFilter
        name="status"
        label="Status"
        fallback={FIRST_STATUS}
        options={["open", "acknowledged", "resolved", "dismissed", "any"]}
      />
      <SelectFilter name="severity" label="Severity" options={["", "critical", "high", "low", "none"]} />
      <SelectFilter
        name="assignee"
        label="Assigned to"
        options={[
          { value: "", label: "anybody" },
          { value: "me", label: "me" },
          { value: "none", label: "nobody" },
        ]}
      />
      <SelectFilter name="category" label="Category" options={["", ...categories]} />
      <SelectFilter
        name="class"
        label="About"
        options={["", { value: "live", label: "payments" }, { value: "retro", label: "what became known" }]}
      />
      <SelectFilter name="sort" label="Order" fallback="priority" options={["priority", "newest"]} />
      <TextFilter name="wallet" label="Wallet" placeholder="network:address" />
      <TextFilter name="from" label="Opened from (UTC)" placeholder="2026-11-23" />
    </Filters>
  );
}

function List() {
  const wanted = asked(query.value);
  const key = JSON.stringify(wanted);
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const active = useSignal<string | null>(null);
  const shown = useSignal(PAGE);
  const listing = useListing(key, (cursor, signal) =>
    answered(
      api.GET("/api/v1/alerts", {
        params: { query: { ...wanted, limit: cursor ? PAGE : shown.peek(), ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
  const { rows, again } = listing;
  // As many as are shown are asked for again, so that nobody's place is lost.
  shown.value = Math.min(1000, Math.max(PAGE, rows.length));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = hear(() => {
      clearTimeout(timer);
      timer = setTimeout(again, TOGETHER_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [again]);
  rememberOrder(rows.map((one) => one.id));
  const isMeant = selected.value.size > 0 ? selected.value : new Set(active.value === null ? [] : [active.value]);
  const meant = rows.filter((one) => isMeant.has(one.id));
  return (
    <>
      <Listed listing={listing} what="alerts" empty={<Nothing />}>
        {() => <AlertTable rows={rows} selected={selected} active={active} />}
      </Listed>
      <Working meant={meant} selected={selected} then={again} />
    </>
  );
}

function Nothing() {
  return (
    <>
      <p>No alert is as asked.</p>
      <p>
        Alerts come by themselves as payments are screened and as more becomes known.{" "}
        <a href="/alerts?status=any">All alerts, whatever their status</a>
      </p>
    </>
  );
}
