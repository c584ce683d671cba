/** The form of a rule and its JSON text side by side. */
import type { Problem } from "../../api/client";
import { AsText } from "../../ui/as_text";
import { Box } from "../../ui/atoms";
import type { Editing } from "../../ui/editing";
import { readNumber, Typed } from "../../ui/typed";
import { ConditionEditor } from "./condition";
import type { Draft } from "./draft";
import { GraphEditor } from "./graph";
import type { Language } from "./language";
import { FIELDS } from "./test";

interface Props {
  editing: Editing<Draft>;
  language: Language;
  problem: Problem | null;
  isNew: boolean;
}

export function RuleForm(props: Props) {
  return (
    <div class="beside">
      <div class="form">
        <Head {...props} />
        <Box title="When it fires">
          <div class="inside">
            <ConditionEditor
              condition={props.editing.draft.when}
              path="when"
              change={(when) => props.editing.change({ when })}
              language={props.language}
              problem={props.problem}
            />
          </div>
        </Box>
        <GraphEditor editing={props.editing} problem={props.problem} />
      </div>
      <AsText editing={props.editing} name="The rule as JSON" />
      <datalist id={FIELDS}>
        {props.language.fields.map((one) => (
          <option key={one.name} value={one.name}>
            {one.description}
          </option>
        ))}
      </datalist>
    </div>
  );
}

function Head({ editing, problem, isNew }: Props) {
  const { draft, change } = editing;
  const text = (part: "title" | "why" | "reason") => ({
    value: draft[part],
    change: (value: unknown) => change({ [part]: value }),
    field: part,
    problem,
  });
  return (
    <Box title="What it is">
      <div class="inside form">
        {isNew && (
          <Typed
            label="Id"
            value={draft.id}
            change={(id) => change({ id: id as string })}
            hint="lower case, digits and _; left empty, one is given to it"
            field="id"
            problem={problem}
          />
        )}
        <Typed label="Title" {...text("title")} />
        <Typed label="Why it is worth a look" rows={2} {...text("why")} />
        <div class="columns narrow">
          <Typed label="Reason code" hint="what decisions carry" {...text("reason")} />
          <Typed
            label="Score, 0 to 1"
            value={draft.score}
            read={readNumber}
            change={(score) => change({ score: score as number })}
            hint="what it adds to its signal"
            field="score"
            problem={problem}
          />
          <Typed
            label="Floor, 0 to 1"
            value={draft.floor}
            read={readNumber}
            change={(floor) => change({ floor: floor as number | null })}
            hint="least risk score when it fires; empty: none"
            field="floor"
            problem={problem}
          />
          <Typed
            label="Typology"
            value={draft.typology}
            read={(given) => given || null}
            change={(typology) => change({ typology: typology as string | null })}
            hint="empty: none"
            field="typology"
            problem={problem}
          />
        </div>
      </div>
    </Box>
  );
}
