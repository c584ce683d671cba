/** Checkpoints to keep elsewhere, and the keys that sign them. */
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { save } from "../../api/files";
import { Box, Copy, Time } from "../../ui/atoms";
import { counted } from "../../ui/numbers";
import { Shown } from "../../ui/states";

const SHOWN = 5;

export function Checkpoints() {
  const latest = useAsked("checkpoints", (signal) =>
    answered(api.GET("/api/v1/audit/checkpoints", { params: { query: { limit: SHOWN } }, signal })),
  );
  const keys = useAsked("keys", (signal) => answered(api.GET("/api/v1/audit/keys", { signal })));
  return (
    <Box title="Checkpoints and keys">
      <div class="inside">
        <p class="quiet">Keep one elsewhere once a day: it proves later that nothing before it was changed.</p>
        <Shown asked={latest} what="checkpoints">
          {(page) => (
            <ul class="plain checkpoints">
              {page.items.map((one) => (
                <Checkpoint key={one.size} of={one} />
              ))}
              {page.items.length === 0 && <li class="quiet">None was signed yet.</li>}
            </ul>
          )}
        </Shown>
        <Shown asked={keys} what="keys">
          {(page) => (
            <ul class="plain checkpoints">
              {page.items.map((one) => (
                <PublicKey key={one.key_id} of={one} />
              ))}
            </ul>
          )}
        </Shown>
      </div>
    </Box>
  );
}

function Checkpoint({ of }: { of: Schemas["CheckpointView"] }) {
  const name = `${of.at.slice(0, 10)}-${of.size}.checkpoint`;
  return (
    <li>
      <span>
        {counted(of.size)} events, <Time at={of.at} short />
      </span>
      <button type="button" class="bare" aria-label={`Save ${name}`} onClick={() => save(new Blob([of.note]), name)}>
        Save
      </button>
    </li>
  );
}

function PublicKey({ of }: { of: Schemas["KeyInfo"] }) {
  const since = of.since === 0 ? "the beginning" : `event ${counted(of.since)}`;
  const span = `from ${since}${of.until === null ? " on" : ` to event ${counted(of.until)}`}`;
  return (
    <li>
      <span>
        Key <code>{of.key_id}</code> <span class="quiet">{span}</span>
      </span>
      <Copy text={of.verifier} />
    </li>
  );
}
