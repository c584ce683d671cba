/** Who changed what of a case, when and why: events of the audit log. */
import type { Listing } from "../../api/listing";
import { Who } from "../../ui/person";
import { Box, Time } from "../../ui/atoms";
import { Detail } from "../../ui/details";
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

/** What names the same thing as the words do, for machines. */
const UNTOLD = new Set(["note", "digest", "closing"]);

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
        {Object.entries(event.details)
          .filter(([name]) => !UNTOLD.has(name))
          .map(([name, value]) => (
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
