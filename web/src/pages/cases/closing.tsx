/** Closing takes two people: one proposes, another approves. Who may do what is said in words. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { answered, api, type Schemas } from "../../api/client";
import { mayRun, mayWork, me } from "../../session/me";
import { Who } from "../../ui/person";
import { Time } from "../../ui/atoms";
import { useKeys } from "../../ui/keys";
import { useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import type { Part } from "./case";
import { Propose, Reasoned } from "./closing_forms";
import { latest } from "./following";
import { outcomeWords } from "./words";

export function Closing(part: Part) {
  const { file } = part;
  if (file.status === "closing" && file.closing) return <Proposed {...part} closing={file.closing} />;
  if (file.status === "closed") return <Closed {...part} />;
  return <Open {...part} />;
}

function Open(part: Part) {
  const isAsked = useSignal(false);
  const rejected = latest(sinceProposed(part), "case.closing_rejected");
  const ask = () => {
    isAsked.value = true;
  };
  useKeys(mayWork() ? [{ key: "p", does: "propose to close the case", run: ask }] : [], []);
  return (
    <>
      {rejected && (
        <p class="notice">
          To close it as {outcomeWords(rejected.told.outcome)} was rejected by <Who id={rejected.actor} />{" "}
          <Time at={rejected.at} short />: {rejected.told.reason}
        </p>
      )}
      {mayWork() && (
        <p class="row">
          <button type="button" onClick={ask}>
            Propose to close … <kbd>P</kbd>
          </button>
          <small>A supervisor or admin who is somebody else then approves it.</small>
        </p>
      )}
      {isAsked.value && (
        <Propose
          {...part}
          close={() => {
            isAsked.value = false;
          }}
        />
      )}
    </>
  );
}

function Proposed({ closing, ...part }: Part & { closing: Schemas["Closing"] }) {
  const isOurs = closing.proposed_by === me.value?.id || closing.proposing_person === me.value?.id;
  return (
    <section class="notice form" aria-label="Proposal to close the case">
      <p>
        <strong>
          <Who id={closing.proposed_by} /> proposes to close it: {outcomeWords(closing.outcome)}.
        </strong>{" "}
        <Time at={closing.proposed_at} short />
      </p>
      <p class="said">{closing.reason}</p>
      <p class="quiet">
        {closing.resolve_alerts
          ? "Approving ends its alerts that are still open, too."
          : "Its alerts stay as they are."}{" "}
        Until it is decided, alerts and wallets of the case stay as they are; notes may be added.
      </p>
      {isOurs ? <Ours {...part} /> : <Theirs {...part} />}
    </section>
  );
}

function Ours({ file, etag, again }: Part) {
  const withdrawing = useSubmit(async () => {
    await answered(
      api.DELETE("/api/v1/cases/{case}/closing", {
        params: { path: { case: file.id }, header: { "If-Match": etag } },
      }),
    );
    tell("The proposal is withdrawn; the case is open again.");
    again();
  });
  return (
    <Actions failure={withdrawing.failure}>
      <button type="button" onClick={() => void withdrawing.run()} disabled={withdrawing.isBusy}>
        Withdraw my proposal
      </button>
      <small>You proposed it, so that a supervisor or admin who is somebody else has to approve it.</small>
    </Actions>
  );
}

function Theirs(part: Part) {
  const { file, etag, again } = part;
  const isRejected = useSignal(false);
  const approving = useSubmit(async () => {
    await answered(
      api.POST("/api/v1/cases/{case}/closing/approve", {
        params: { path: { case: file.id }, header: { "If-Match": etag } },
      }),
    );
    tell("The case is closed.");
    again();
  });
  if (!mayRun()) return <p class="quiet">A supervisor or admin decides; your role may not.</p>;
  return (
    <>
      <Actions failure={approving.failure}>
        <button type="button" class="main" onClick={() => void approving.run()} disabled={approving.isBusy}>
          Approve and close
        </button>
        <button
          type="button"
          onClick={() => {
            isRejected.value = true;
          }}
        >
          Reject …
        </button>
        <small>You may decide: somebody else proposed it.</small>
      </Actions>
      {isRejected.value && (
        <Reasoned
          title="Reject the proposal"
          action="Reject"
          close={() => {
            isRejected.value = false;
          }}
          send={async (reason) => {
            await answered(
              api.POST("/api/v1/cases/{case}/closing/reject", {
                params: { path: { case: file.id }, header: { "If-Match": etag } },
                body: { reason },
              }),
            );
            tell("The proposal is rejected; the case is open again.");
            again();
          }}
        />
      )}
    </>
  );
}

/** What came after the latest proposal, itself included: it was answered, or the case was closed and opened again. */
function sinceProposed({ history }: Part) {
  const from = history.rows.findLastIndex((one) => one.action === "case.closing_proposed");
  const events = from < 0 ? [] : history.rows.slice(from);
  return events.some((one) => one.action === "case.reopened") ? [] : events;
}

function Closed({ file, etag, again, history }: Part) {
  const isAsked = useSignal(false);
  const proposed = latest(history.rows, "case.closing_proposed");
  const approved = latest(history.rows, "case.closing_approved");
  return (
    <section class="notice form" aria-label="How the case was closed">
      <p>
        <strong>Closed: {outcomeWords(file.outcome)}.</strong> <Time at={file.closed_at} short />
        {proposed && approved && (
          <>
            {" "}
            Proposed by <Who id={proposed.actor} />, approved by <Who id={approved.actor} />.
          </>
        )}
      </p>
      {proposed && <p class="said">{proposed.told.reason}</p>}
      {mayRun() ? (
        <Actions>
          <button
            type="button"
            onClick={() => {
              isAsked.value = true;
            }}
          >
            Open again …
          </button>
        </Actions>
      ) : (
        <p class="quiet">A supervisor or admin may open it again.</p>
      )}
      {isAsked.value && (
        <Reasoned
          title="Open the case again"
          action="Open again"
          close={() => {
            isAsked.value = false;
          }}
          send={async (reason) => {
            await answered(
              api.POST("/api/v1/cases/{case}/reopening", {
                params: { path: { case: file.id }, header: { "If-Match": etag } },
                body: { reason },
              }),
            );
            tell("The case is open again; its alerts stay as they are.");
            again();
          }}
        />
      )}
    </section>
  );
}

function Actions({ children, failure }: { children: ComponentChildren; failure?: ComponentChildren }) {
  return (
    <>
      <div class="row">{children}</div>
      {failure}
    </>
  );
}
