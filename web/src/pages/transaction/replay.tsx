/** Making the decision again from what was recorded with it: it must come out the same. */
import { useSignal } from "@preact/signals";
import { answered, api, type Schemas } from "../../api/client";
import { isOneOf } from "../../session/me";
import { Box } from "../../ui/atoms";
import { useSubmit } from "../../ui/submit";

type Outcome = Pick<Schemas["DecisionReplay"], "is_same" | "erased" | "differences">;

export function Replay({ decision }: { decision: string }) {
  const outcome = useSignal<Outcome | null>(null);
  const { run, isBusy, failure } = useSubmit(async () => {
    const params = { path: { decision } };
    outcome.value = await answered(api.POST("/api/v1/decisions/{decision}/replay", { params }));
  });
  if (!isOneOf("supervisor", "admin", "auditor")) return null;
  return (
    <Box title="Does it hold?">
      <div class="inside">
        <p>Made again from the recorded facts, under the same policy and rules. Each time stands in the audit log.</p>
        <div class="row">
          <button type="button" disabled={isBusy} onClick={() => void run()}>
            {isBusy ? "Being made again …" : "Make it again"}
          </button>
        </div>
        <div role="status">{outcome.value && <Told outcome={outcome.value} />}</div>
        {failure}
      </div>
    </Box>
  );
}

function Told({ outcome }: { outcome: Outcome }) {
  return (
    <>
      <p>
        <strong>{outcome.is_same ? "It comes out the same." : "It comes out otherwise."}</strong>
        {outcome.erased && " Its personal text was erased: rules about the purpose could not be judged as then."}
      </p>
      {outcome.differences.length > 0 && (
        <dl class="facts">
          {outcome.differences.map((one) => (
            <Difference key={one.field} {...one} />
          ))}
        </dl>
      )}
    </>
  );
}

function Difference({ field, recorded, recomputed }: Schemas["Difference"]) {
  return (
    <>
      <dt>{field}</dt>
      <dd>
        recorded <code>{JSON.stringify(recorded)}</code>, now <code>{JSON.stringify(recomputed)}</code>
      </dd>
    </>
  );
}
