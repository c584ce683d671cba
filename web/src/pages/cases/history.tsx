/** Who changed what of a case, when and why: events of the audit log. */
import type { Listing } from "../../api/listing";
import { Who } from "../../ui/person";
import { Box, shortened, Time } from "../../ui/atoms";
import { Listed } from "../../ui/listed";
import type { CaseEvent } from "./following";

const ACTIONS: Record<string, string> = {
  "case.opened": "opened the case",
  "case.edited": "changed the case",
  "case.added": "put in",
  "case.removed": "took out",
  "case.noted": "wrote a note",
  "case.note_erased": "erased a note",
  "case.closing_proposed": "proposed to close it",
  "case.closing_approved": "approved the closing",
  "case.closing_rejected": "rejected the closing",
  "case.closing_withdrawn": "withdrew the proposal",
  "case.reopened": "opened it again",
  "case.exported": "exported the evidence",
};

export function History({ listing }: { listing: Listing<CaseEvent> }) {
  return (
    <Box title="History">
      <Listed listing={listing} what="events" empty={<p>Nothing happened yet.</p>}>
        {(rows) => (
          <ol class="plain entries">
            {rows.map((event) => (
              <Entry key={event.seq} event={event} />
            ))}
          </ol>
        )}
      </Listed>
    </Box>
  );
}

function Entry({ event }: { event: CaseEvent }) {
  return (
    <li>
      <p>
        <Who id={event.actor} /> {ACTIONS[event.action] ?? event.action}
        {Object.entries(event.details).map(([name, value]) => (
          <Detail key={name} name={name} value={value} />
        ))}
      </p>
      <p>
        <small>
          <Time at={event.at} short /> · <a href={`/audit/${event.seq}`}>event #{event.seq}</a>
        </small>
      </p>
    </li>
  );
}

const AMONG = 3;
/** What names the same thing as the words do, for machines. */
const UNTOLD = new Set(["note", "digest", "closing"]);

function Detail({ name, value }: { name: string; value: unknown }) {
  if (value === null || UNTOLD.has(name) || (Array.isArray(value) && value.length === 0)) return null;
  return (
    <span class="detail">
      {" · "}
      <span class="quiet">{name.replaceAll("_", " ")}</span> {told(value)}
    </span>
  );
}

/** Ids shortened, of long lists the first few and how many more there are. */
function told(value: unknown): string {
  if (Array.isArray(value)) {
    const shown = value.slice(0, AMONG).map(told).join(", ");
    return value.length > AMONG ? `${shown} and ${value.length - AMONG} more` : shown;
  }
  if (typeof value === "string") return isId(value) ? shortened(value, 10) : value.replaceAll("_", " ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The id of something, or the key of a wallet: one word, and long. */
function isId(text: string): boolean {
  return /^[a-z]+[_:]\S{4,}$/.test(text) && !/^[a-z_]+$/.test(text);
}
