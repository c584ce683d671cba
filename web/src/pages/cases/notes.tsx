/** What was found out, in people's words: appended, never edited; what was erased says so. */
import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { answered, api, type Schemas } from "../../api/client";
import { useListing } from "../../api/listing";
import { isOneOf, mayWork } from "../../session/me";
import { Who } from "../../ui/person";
import { Box, Time } from "../../ui/atoms";
import { useKeys } from "../../ui/keys";
import { Listed } from "../../ui/listed";
import { useSubmit } from "../../ui/submit";
import { tell, tellFailure } from "../../ui/toasts";

type Note = Schemas["NoteView"];

export function Notes({ case: id, done }: { case: string; done: () => void }) {
  const listing = useListing(id, (cursor, signal) =>
    answered(
      api.GET("/api/v1/cases/{case}/notes", {
        params: { path: { case: id }, query: cursor ? { cursor } : {} },
        signal,
      }),
    ),
  );
  const again = () => {
    listing.again();
    done();
  };
  const erase = async (note: string) => {
    try {
      await answered(api.DELETE("/api/v1/cases/{case}/notes/{note}", { params: { path: { case: id, note } } }));
      tell("What the note said is erased.");
    } catch (error) {
      tellFailure(error);
    }
    again();
  };
  return (
    <Box title="Notes">
      <Listed listing={listing} what="notes" empty={<p>Nothing was noted yet.</p>}>
        {(rows) => (
          <ol class="plain entries">
            {rows.map((note) => (
              <Entry key={note.id} note={note} erase={isOneOf("admin") ? () => void erase(note.id) : null} />
            ))}
          </ol>
        )}
      </Listed>
      {mayWork() && <Write case={id} done={again} />}
    </Box>
  );
}

function Entry({ note, erase }: { note: Note; erase: (() => void) | null }) {
  return (
    <li>
      <p class="row">
        <small>
          <Who id={note.author} /> <Time at={note.at} short />
        </small>
        {erase && note.text !== null && (
          <button type="button" class="bare" onClick={erase}>
            Erase for good
          </button>
        )}
      </p>
      {note.text === null ? (
        <p class="quiet">
          What this note said was erased; its digest stays: <code title={note.digest}>{note.digest.slice(0, 12)}…</code>
        </p>
      ) : (
        <p class="said">{note.text}</p>
      )}
    </li>
  );
}

function Write({ case: id, done }: { case: string; done: () => void }) {
  const field = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const text = useSignal("");
  const sending = useSubmit(async () => {
    await answered(
      api.POST("/api/v1/cases/{case}/notes", { params: { path: { case: id } }, body: { text: text.value } }),
    );
    text.value = "";
    done();
  });
  useKeys([{ key: "n", does: "write a note", run: () => area.current?.focus() }], []);
  return (
    <form class="inside" onSubmit={sending.onSubmit}>
      <label htmlFor={field}>
        <small>
          Note <kbd>N</kbd>
        </small>
      </label>
      <textarea
        id={field}
        ref={area}
        rows={3}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && sending.onSubmit(event)}
      />
      <p class="row">
        <button type="submit" disabled={sending.isBusy || !text.value.trim()}>
          Add the note
        </button>
        <small>
          <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </small>
      </p>
      {sending.failure}
    </form>
  );
}
