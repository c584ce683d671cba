/** The alerts of a case, as they stand now. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { navigate } from "../../router";
import { mayWork } from "../../session/me";
import { Box, SeverityMark, Time } from "../../ui/atoms";
import { many, scored } from "../../ui/numbers";
import { Empty, Shown } from "../../ui/states";
import { type Column, Table } from "../../ui/table";
import { tell, tellFailure } from "../../ui/toasts";
import type { Part } from "./case";
import { Add } from "./contents";
import { addAlerts, removeAlert } from "./edits";
import { useAgain } from "./following";

type Alert = Schemas["AlertView"];

const AT_ONCE = 20;

export function Alerts({ file, etag, again }: Part) {
  const most = useSignal(AT_ONCE);
  const ids = file.alerts.slice(0, most.value);
  const asked = useAsked(ids.join(" "), (signal) => Promise.all(ids.map((id) => askAlert(id, signal))));
  useAgain(etag, asked.again);
  const isOpen = mayWork() && file.status === "open";
  return (
    <Box title="Alerts" aside={<small>{many(file.alerts.length, "alert")}</small>}>
      {file.alerts.length === 0 ? (
        <Empty>
          <p>No alert is in this case. {isOpen && "Add one by its id, or from the alert's page."}</p>
        </Empty>
      ) : (
        <Shown asked={asked} what="the alerts">
          {(rows) => <Rows rows={rows} remove={isOpen ? (alert) => void takeOut(file.id, alert, again) : null} />}
        </Shown>
      )}
      {file.alerts.length > most.value && (
        <p class="row inside">
          <small>
            {ids.length} of {many(file.alerts.length, "alert")} shown
          </small>
          <button
            type="button"
            onClick={() => {
              most.value += AT_ONCE;
            }}
          >
            Show more
          </button>
        </p>
      )}
      {isOpen && (
        <Add
          label="Add alerts"
          placeholder="alr_… alr_…"
          add={async (alerts) => {
            await addAlerts(file.id, alerts);
            again();
          }}
        />
      )}
    </Box>
  );
}

function askAlert(id: string, signal: AbortSignal): Promise<Alert> {
  return answered(api.GET("/api/v1/alerts/{alert}", { params: { path: { alert: id } }, signal }));
}

async function takeOut(id: string, alert: string, again: () => void): Promise<void> {
  try {
    await removeAlert(id, alert);
    tell("The alert is out of the case.", async () => {
      await addAlerts(id, [alert]);
      again();
    });
  } catch (error) {
    tellFailure(error);
  }
  again();
}

function Rows({ rows, remove }: { rows: readonly Alert[]; remove: ((alert: string) => void) | null }) {
  const columns: Column<Alert>[] = [
    { head: "Severity", cell: (one) => <SeverityMark severity={one.severity} />, by: (one) => one.risk_score },
    { head: "Score", isNumber: true, cell: (one) => scored(one.risk_score), by: (one) => one.risk_score },
    {
      head: "Why",
      cell: (one) => (
        <a class="why" href={address(one)}>
          {one.explanation}
        </a>
      ),
    },
    {
      head: "Status",
      cell: (one) => (
        <>
          {one.status}
          {one.verdict && <small> {one.verdict.replaceAll("_", " ")}</small>}
        </>
      ),
    },
    { head: "Opened", cell: (one) => <Time at={one.created_at} short />, by: (one) => one.created_at },
  ];
  if (remove)
    columns.push({
      head: "",
      cell: (one) => (
        <button type="button" class="bare" aria-label={`Take out alert ${one.id}`} onClick={() => remove(one.id)}>
          Take out
        </button>
      ),
    });
  return (
    <Table
      name="Alerts of the case"
      isMain
      rows={rows}
      id={(one) => one.id}
      label={(one) => `${one.severity} ${scored(one.risk_score)}, ${one.explanation}`}
      columns={columns}
      open={(one) => navigate(address(one))}
    />
  );
}

function address(one: Alert): string {
  return `/alerts/${encodeURIComponent(one.id)}`;
}
