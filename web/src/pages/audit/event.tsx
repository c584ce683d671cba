/** One event of the audit log: what it says, and the proof that it is in the log, checked here. */
import "./audit.css";
import { useAsked } from "../../api/asking";
import { answered, api, Problem } from "../../api/client";
import { save } from "../../api/files";
import { navigate } from "../../router";
import type { PageProps } from "../../routes";
import { Box, Copy, Time } from "../../ui/atoms";
import { useKeys } from "../../ui/keys";
import { counted } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { Who } from "../../ui/person";
import { Shown } from "../../ui/states";
import { Findings } from "./findings";
import { cannotCheck } from "./here";
import { Path } from "./path";
import { prove } from "./proving";
import { About, type AuditEvent } from "./words";

export default function Page({ parameters }: PageProps) {
  const seq = Number(parameters.seq);
  const asked = useAsked(`event ${seq}`, async (signal) => {
    const query = { after: Math.max(0, seq - 1), limit: 1 };
    const found = (await answered(api.GET("/api/v1/audit", { params: { query }, signal }))).items[0];
    if (found?.seq !== seq) throw new Problem(404, "Not found", `The log has no event ${parameters.seq}.`, [], "");
    return found;
  });
  useKeys(
    [
      { key: "j", does: "the next event", run: () => navigate(`/audit/${seq + 1}`) },
      { key: "k", does: "the event before", run: () => seq > 1 && navigate(`/audit/${seq - 1}`) },
    ],
    [seq],
  );
  return (
    <>
      <PageHead
        title={`Audit event ${counted(seq)}`}
        actions={
          <>
            {seq > 1 && (
              <a class="button" href={`/audit/${seq - 1}`}>
                Before <kbd>K</kbd>
              </a>
            )}
            <a class="button" href={`/audit/${seq + 1}`}>
              Next <kbd>J</kbd>
            </a>
          </>
        }
      />
      <Shown asked={asked} what="event">
        {(event) => (
          <div class="split">
            <div>
              <Said event={event} />
              <Proof event={event} />
            </div>
            <div>
              <Facts event={event} />
            </div>
          </div>
        )}
      </Shown>
    </>
  );
}

function Said({ event }: { event: AuditEvent }) {
  return (
    <Box title="What it says">
      <pre class="inside wrapped">{JSON.stringify(event.body, null, 2)}</pre>
    </Box>
  );
}

function Facts({ event }: { event: AuditEvent }) {
  return (
    <Box title="Event">
      <dl class="facts inside">
        <dt>Action</dt>
        <dd>
          <a href={`/audit?action=${encodeURIComponent(event.action)}`}>{event.action}</a>
        </dd>
        <dt>Who</dt>
        <dd>
          <Who id={event.actor} /> <a href={`/audit?actor=${encodeURIComponent(event.actor)}`}>all they did</a>
        </dd>
        <dt>About</dt>
        <dd>
          <About event={event} /> <a href={`/audit?subject=${encodeURIComponent(event.subject)}`}>all about it</a>
        </dd>
        <dt>At</dt>
        <dd>
          <Time at={event.at} />
        </dd>
        <dt>Hash</dt>
        <dd class="mono">
          {event.hash} <Copy text={event.hash} />
        </dd>
        <dt>Hash before</dt>
        <dd class="mono">{event.previous_hash}</dd>
      </dl>
    </Box>
  );
}

function Proof({ event }: { event: AuditEvent }) {
  const reason = cannotCheck();
  const asked = useAsked(`proof ${event.seq} ${event.hash}`, async (signal) => {
    const path = { seq: String(event.seq) };
    const proof = await answered(api.GET("/api/v1/audit/{seq}/proof", { params: { path }, signal }));
    const keys = (await answered(api.GET("/api/v1/audit/keys", { signal }))).items;
    return { proof, proven: reason ? null : await prove(event, proof, keys) };
  });
  if (asked.problem?.status === 404) {
    return (
      <Box title="Proof">
        <p class="inside notice">
          No checkpoint covers this event yet: one is signed every minute where a key is set up.
          <button type="button" onClick={asked.again}>
            Look again
          </button>
        </p>
      </Box>
    );
  }
  return (
    <Box title="Proof that it is in the log">
      <div class="inside">
        <Shown asked={asked} what="proof">
          {({ proof, proven }) => (
            <>
              {proven ? <Findings of={proven.findings} /> : <p class="notice">{reason}</p>}
              {proven && proven.steps.length > 0 && <Path steps={proven.steps} seq={event.seq} />}
              <details>
                <summary>Canonical JSON, as it was hashed</summary>
                <pre class="wrapped">{proof.canonical}</pre>
              </details>
              <p class="row">
                <button
                  type="button"
                  onClick={() => save(new Blob([JSON.stringify(proof)]), `event-${event.seq}.proof.json`)}
                >
                  Save the proof
                </button>
                <span class="quiet">
                  checked without this server by{" "}
                  <code>headwater verify --proof event-{event.seq}.proof.json --key PUB</code>
                </span>
              </p>
            </>
          )}
        </Shown>
      </div>
    </Box>
  );
}
