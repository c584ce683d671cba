/** The JSON text of what is edited beside it, for who would rather write than fill in. */
import { Box } from "./atoms";
import type { Editing } from "./editing";
import "./editing.css";

export function AsText<T>({ editing, name }: { editing: Editing<T>; name: string }) {
  return (
    <Box title="The same as JSON">
      <div class="inside">
        <textarea
          class="mono json"
          aria-label={name}
          spellcheck={false}
          value={editing.text}
          aria-invalid={editing.wrong !== null}
          onInput={(event) => editing.write(event.currentTarget.value)}
        />
        {editing.wrong && (
          <p class="wrong" role="alert">
            {editing.wrong}. The form shows the last text that could be read.
          </p>
        )}
      </div>
    </Box>
  );
}
