/** One case: what it is about and how it stands, then what is in it, what was found, and how it is closed. */
import "./cases.css";
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { api, whole } from "../../api/client";
import type { Listing } from "../../api/listing";
import { query, setQuery } from "../../router";
import type { PageProps } from "../../routes";
import { mayWork, me } from "../../session/me";
import { Who } from "../../ui/person";
import { Copy, Time } from "../../ui/atoms";
import { useKeys } from "../../ui/keys";
import { many } from "../../ui/numbers";
import { PageHead } from "../../ui/page";
import { Shown } from "../../ui/states";
import { tell, tellFailure } from "../../ui/toasts";
import { Alerts } from "./alerts";
import { Closing } from "./closing";
import { Edit } from "./edit";
import { edited } from "./edits";
import { type CaseEvent, useHistory } from "./following";
import { History } from "./history";
import { Notes } from "./notes";
import { Report } from "./report";
import { Wallets } from "./wallets";
import { WhatIfs } from "./what_ifs";
import { type CaseDetail, StatusTag } from "./words";

/** A case with the tag of what was read: an edit says which one it means. */
export interface Held {
  file: CaseDetail;
  etag: string;
}

export interface Part extends Held {
  again: () => void;
  history: Listing<CaseEvent>;
}

export default function Page({ parameters }: PageProps) {
  const id = parameters.id ?? "";
  const asked = useAsked(id, async (signal) => {
    const { data, response } = await whole(api.GET("/api/v1/cases/{case}", { params: { path: { case: id } }, signal }));
    return { file: data, etag: response.headers.get("etag") ?? "" };
  });
  return (
    <Shown asked={asked} what="the case">
      {(held) => <Whole {...held} again={asked.again} />}
    </Shown>
  );
}

function Whole(given: Omit<Part, "history">) {
  const history = useHistory(given.file.id, given.etag);
  const part = { ...given, history };
  const { file } = part;
  const isReport = query.value.get("view") === "report";
  const isEdited = useSignal(false);
  const edit = () => {
    isEdited.value = true;
  };
  const take = () => void takeOn(part);
  const mayEdit = mayWork() && file.status !== "closed";
  useKeys(
    [
      { key: "r", does: "the case or its report", run: () => setQuery({ view: isReport ? null : "report" }) },
      ...(mayEdit
        ? [
            { key: "e", does: "change title or assignee", run: edit },
            { key: "a", does: "assign the case to me", run: take },
          ]
        : []),
    ],
    [isReport, mayEdit, given.etag],
  );
  return (
    <>
      <PageHead
        title={file.title}
        beside={<StatusTag status={file.status} />}
        actions={
          <>
            {mayEdit && file.assignee !== me.value?.id && (
              <button type="button" onClick={take}>
                Assign to me <kbd>A</kbd>
              </button>
            )}
            {mayEdit && (
              <button type="button" onClick={edit}>
                Edit <kbd>E</kbd>
              </button>
            )}
            <a class="button" href={`/graph/${encodeURIComponent(file.id)}`}>
              Graph
            </a>
            <a class="button" href={`/api/v1/cases/${encodeURIComponent(file.id)}/evidence`} download>
              Evidence
            </a>
          </>
        }
      />
      <Facts file={file} />
      <Closing {...part} />
      <Views isReport={isReport} />
      {isReport ? <Report file={file} /> : <Contents {...part} />}
      {isEdited.value && (
        <Edit
          {...part}
          close={() => {
            isEdited.value = false;
          }}
        />
      )}
    </>
  );
}

/** Title and assignee are anybody's to change; to be undone, as all that is done at one press of a key. */
async function takeOn({ file, etag, again }: Part): Promise<void> {
  const before = file.assignee;
  try {
    const next = await edited(file.id, etag, { assignee: "me" });
    tell("The case is assigned to you.", async () => {
      await edited(file.id, next, { assignee: before });
      again();
    });
  } catch (error) {
    tellFailure(error);
  }
  again();
}

function Facts({ file }: { file: CaseDetail }) {
  return (
    <p class="case-facts">
      <span>
        {many(file.alerts.length, "alert")}, {many(file.wallets.length, "wallet")}
      </span>
      <span>
        assigned to <Who id={file.assignee} />
      </span>
      <span>
        opened by <Who id={file.created_by} /> <Time at={file.created_at} short />
      </span>
      <span>
        changed <Time at={file.changed_at} short />
      </span>
      <span class="mono">
        {file.id}
        <Copy text={file.id} />
      </span>
    </p>
  );
}

function Views({ isReport }: { isReport: boolean }) {
  const current = (is: boolean) => (is ? { "aria-current": "page" as const } : {});
  return (
    <nav class="views" aria-label="Parts of the case">
      <a href="?" {...current(!isReport)}>
        Case
      </a>
      <a href="?view=report" {...current(isReport)}>
        Report <kbd>R</kbd>
      </a>
    </nav>
  );
}

function Contents(part: Part) {
  return (
    <div class="split">
      <div>
        <Alerts {...part} />
        <Wallets {...part} />
        <WhatIfs {...part} />
      </div>
      <div>
        <Notes case={part.file.id} done={part.history.again} />
        <History listing={part.history} />
      </div>
    </div>
  );
}
