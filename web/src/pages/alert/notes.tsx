/** What was found, in the words of who found it. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { answered, api } from "../../api/client";
import { useListing } from "../../api/listing";
import { mayWork } from "../../session/me";
import { Box, Time } from "../../ui/atoms";
import { TextArea } from "../../ui/fields";
import { useKeys } from "../../ui/keys";
import { Listed } from "../../ui/listed";
import { Who } from "../../ui/person";
import { useSubmit } from "../../ui/submit";

export function NotesBox({ alert }: { alert: string }) {
  const form = useRef<HTMLFormElement>(null);
  const text = useSignal("");
  const path = { alert };
  const listing = useListing(alert, (cursor, signal) =>
    answered(api.GET("/api/v1/alerts/{alert}/notes", { params: { path, query: cursor ? { cursor } : {} }, signal })),
  );
  const { onSubmit, isBusy, failure } = useSubmit(async () => {
    await answered(api.POST("/api/v1/alerts/{alert}/notes", { params: { path }, body: { text: text.value } }));
    text.value = "";
    listing.again();
  });
  const write = () => form.current?.querySelector("textarea")?.focus();
  useKeys(mayWork() ? [{ key: "n", does: "write a note", run: write }] : [], []);
  return (
    <Box title="Notes">
      <div class="inside">
        <Listed listing={listing} what="notes" empty={<p>Nobody has written anything down yet.</p>}>
          {(rows) => (
            <ol class="notes plain">
              {rows.map((one) => (
                <li key={one.id}>
                  <small>
                    <Who id={one.author} />, <Time at={one.at} />
                  </small>
                  {one.text === null ? <p class="quiet">This note was erased.</p> : <p class="words">{one.text}</p>}
                </li>
              ))}
            </ol>
          )}
        </Listed>
        {mayWork() && (
          <form class="form" ref={form} onSubmit={onSubmit}>
            <TextArea label="New note (never edited; N)" value={text} rows={3} required />
            <div class="row">
              <button type="submit" disabled={isBusy || text.value.trim() === ""}>
                Add the note
              </button>
            </div>
            {failure}
          </form>
        )}
      </div>
    </Box>
  );
}
