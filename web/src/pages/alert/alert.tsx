/** One alert: how bad, why, is it true, what else, what to write down. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAsked } from "../../api/asking";
import { answered, api, whole } from "../../api/client";
import { hear } from "../../live/stream";
import { navigate } from "../../router";
import type { PageProps } from "../../routes";
import { useKeys } from "../../ui/keys";
import { Shown } from "../../ui/states";
import { neighbour } from "../alerts/order";
import { CaseDialog } from "./case_dialog";
import { sidesOf } from "./evidence";
import { ExposureBox } from "./exposure";
import { FlowPictureBox } from "./flow_picture";
import { Head, type Read } from "./head";
import { HistoryBox } from "./history";
import { NotesBox } from "./notes";
import { Retro } from "./retro";
import { Signals } from "./signals";
import { Similar } from "./similar";
import { SuppressDialog } from "./suppress";
import "../alerts/alerts.css";
import "./alert.css";

type Asking = "case" | "suppress" | null;

export default function AlertPage({ parameters }: PageProps) {
  const id = parameters.id ?? "";
  const asking = useSignal<Asking>(null);
  const read = useAsked(id, async (signal): Promise<Read> => {
    const { data, response } = await whole(
      api.GET("/api/v1/alerts/{alert}", { params: { path: { alert: id } }, signal }),
    );
    return { alert: data, etag: response.headers.get("etag") ?? "" };
  });
  const { again } = read;
  useEffect(() => hear((event) => event.subject === id && again()), [id, again]);
  useKeys(
    [
      { key: "j", does: "next alert of the queue", run: () => go(neighbour(id, 1)) },
      { key: "k", does: "alert before in the queue", run: () => go(neighbour(id, -1)) },
      { key: "shift+e", does: "export the evidence", run: () => location.assign(`/api/v1/alerts/${id}/evidence`) },
      { key: "g g", does: "open the graph of this alert", run: () => navigate(`/graph?alert=${id}`) },
      { key: "c", does: "put it into a case", run: () => (asking.value = "case") },
    ],
    [id],
  );
  return (
    <Shown asked={read} what="the alert">
      {(now) => (
        <>
          <Head read={now} again={again} ask={(what) => (asking.value = what)} />
          <Body read={now} />
          {asking.value === "case" && <CaseDialog alert={now.alert} close={() => (asking.value = null)} />}
          {asking.value === "suppress" && <SuppressDialog alert={now.alert} close={() => (asking.value = null)} />}
        </>
      )}
    </Shown>
  );
}

function go(id: string | undefined): void {
  if (id !== undefined) navigate(`/alerts/${id}`);
}

/** What it rests on comes on its own: nobody waits for the picture to read the sentence. */
function Body({ read: { alert } }: { read: Read }) {
  const path = { params: { path: { alert: alert.id } } };
  const explained = useAsked(alert.id, (signal) =>
    answered(api.GET("/api/v1/alerts/{alert}/explanation", { ...path, signal })),
  );
  const decision = useAsked(alert.decision ?? "", (signal) =>
    alert.decision === null
      ? Promise.resolve(null)
      : answered(api.GET("/api/v1/decisions/{decision}", { params: { path: { decision: alert.decision } }, signal })),
  );
  const payment = explained.data?.payment;
  const parties = {
    source: payment?.inputs.map((one) => one.wallet) ?? alert.wallets,
    destination: payment?.outputs.map((one) => one.wallet) ?? alert.wallets,
  };
  // Until it is known of when that is, nobody is told of now instead.
  const at = explained.data && { as_of: explained.data.as_of, known_at: explained.data.known_at };
  return (
    <div class="split">
      <div>
        {decision.data &&
          sidesOf(decision.data).map((side) => (
            <ExposureBox key={side.direction} side={side} parties={parties[side.direction]} at={at} />
          ))}
        {alert.decision === null && explained.data && <Retro found={explained.data} />}
        <Shown asked={explained} what="how the money travelled">
          {(found) => <FlowPictureBox found={found} />}
        </Shown>
        <NotesBox alert={alert.id} />
      </div>
      <div>
        {alert.decision !== null && (
          <Shown asked={decision} what="the decision">
            {(found) => found && <Signals decision={found} />}
          </Shown>
        )}
        <Similar alert={alert} />
        <HistoryBox alert={alert} />
      </div>
    </div>
  );
}
