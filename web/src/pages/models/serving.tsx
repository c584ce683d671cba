/** Who serves: promotions with their reason, what is refused and why, and every state that a model has been in. */
import { useSignal } from "@preact/signals";
import { answered, api, type Schemas } from "../../api/client";
import { navigate } from "../../router";
import { mayRun } from "../../session/me";
import { Box, Time } from "../../ui/atoms";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/fields";
import { useKeys } from "../../ui/keys";
import { Who } from "../../ui/person";
import { Finish, useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import { type History, type Model, type State, stateMark } from "./words";

type Step = Exclude<State, "candidate"> | "back";

interface Props {
  model: History;
  champion: Model | null;
  again: () => void;
}

const NAMES: Record<Step, string> = {
  champion: "Make it champion",
  shadow: "Make it a shadow",
  retired: "Retire it",
  back: "Roll back",
};

export function Serving({ model, champion, again }: Props) {
  const step = useSignal<Step | null>(null);
  const steps: Step[] = (["champion", "shadow", "retired"] as const).filter((one) => one !== model.state);
  if (model.state === "champion") steps.unshift("back");
  const ask = (next: Step) => () => {
    step.value = next;
  };
  const may = mayRun();
  useKeys(may ? [{ key: "p", does: "promote it, or roll it back", run: ask(steps[0] ?? "shadow") }] : [], [may, model]);
  if (!may) return null;
  return (
    <>
      {steps.map((one, place) => (
        <button key={one} type="button" class={place === 0 && one !== "back" ? "main" : ""} onClick={ask(one)}>
          {NAMES[one]}
          {place === 0 && <kbd>P</kbd>}
        </button>
      ))}
      {step.value && (
        <StepDialog
          step={step.value}
          model={model}
          champion={champion}
          again={again}
          close={() => {
            step.value = null;
          }}
        />
      )}
    </>
  );
}

/** What follows from a step, in words. */
function effect(step: Step, model: History, champion: Model | null): string {
  const other = champion && champion.id !== model.id ? champion.id : null;
  switch (step) {
    case "champion":
      return other
        ? `It counts in scores in place of ${other}, which is retired, from the next scoring run on.`
        : "It counts in scores from the next scoring run on.";
    case "shadow":
      return "Every scoring run computes it and shows it beside the champion; it counts for nothing.";
    case "retired":
      return model.state === "champion"
        ? "It is not computed any more, and no model of its kind counts until another is promoted."
        : "It is not computed any more. Its files stay.";
    case "back":
      return "It is retired, and the champion before it serves again.";
  }
}

function StepDialog({ step, model, champion, again, close }: Props & { step: Step; close: () => void }) {
  const reason = useSignal("");
  const act = useSubmit(async () => {
    const found = step === "back" ? await rollBack(model, reason.value) : await promote(model, step, reason.value);
    tell(`${found.id} is ${found.state} now.`);
    close();
    if (found.id === model.id) again();
    else navigate(`/models/${found.id}`);
  });
  return (
    <Dialog title={`${NAMES[step]}: ${model.id}`} close={close}>
      <form class="form" onSubmit={act.onSubmit}>
        <p>{effect(step, model, champion)}</p>
        <Field
          label="Reason"
          value={reason}
          hint="kept for good in the audit log, so name no person"
          required
          field="reason"
          problem={act.problem}
        />
        <Finish sending={act} close={close} does={NAMES[step]} />
      </form>
    </Dialog>
  );
}

function promote(model: History, state: Exclude<Step, "back">, reason: string): Promise<History> {
  const body = { state, reason, from: model.state } as Schemas["PromoteInput"];
  return answered(api.POST("/api/v1/models/{model}/promote", { params: { path: { model: model.id } }, body }));
}

function rollBack(model: History, reason: string): Promise<History> {
  return answered(
    api.POST("/api/v1/models/{model}/rollback", { params: { path: { model: model.id } }, body: { reason } }),
  );
}

export function StatesBox({ model }: { model: History }) {
  return (
    <Box title="What became of it">
      <ol class="inside plain states">
        {model.states.map((one) => (
          <li key={`${one.at} ${one.state}`}>
            <p class="row">
              <strong>{stateMark(one.state)}</strong>
              <Time at={one.at} short />
            </p>
            <p>{one.reason}</p>
            <p class="quiet">
              by <Who id={one.actor} />
              {one.previous && `, before that ${one.previous}`}
              {one.replaces && (
                <>
                  , in place of <a href={`/models/${one.replaces}`}>{one.replaces}</a>
                </>
              )}
            </p>
          </li>
        ))}
      </ol>
    </Box>
  );
}
