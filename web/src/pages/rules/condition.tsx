/** A condition edited part by part: groups of tests, and tests with what fits their field. */
import { Select } from "../../ui/fields";
import { type Condition, shapeOf } from "./draft";
import { type Part, Test } from "./test";

const FIRST: Condition = { field: "transaction.value", op: "gte", value: "1000" };

export function ConditionEditor(props: Part) {
  const { condition, path, change, language, problem } = props;
  const shape = shapeOf(condition);
  if (shape === "test")
    return (
      <>
        <Test {...props} />
        {path === "when" && (
          <p class="row">
            <button type="button" onClick={() => change({ all: [condition, FIRST] })}>
              Add a test
            </button>
          </p>
        )}
      </>
    );
  if (shape === "not")
    return (
      <fieldset class="group">
        <legend class="row">
          Not
          <button type="button" class="bare" onClick={() => change(condition.not ?? FIRST)}>
            take “not” away
          </button>
        </legend>
        <ConditionEditor
          condition={condition.not ?? FIRST}
          path={`${path}.not`}
          change={(not) => change({ not })}
          {...(props.remove ? { remove: props.remove } : {})}
          language={language}
          problem={problem}
        />
      </fieldset>
    );
  return <Group {...props} shape={shape} />;
}

function Group({ condition, path, change, remove, language, problem, shape }: Part & { shape: "all" | "any" }) {
  const parts = condition[shape] ?? [];
  const put = (next: Condition[]) => change(shape === "all" ? { all: next } : { any: next });
  const kind = {
    get value() {
      return shape;
    },
    set value(next: string) {
      change(next === "all" ? { all: parts } : { any: parts });
    },
  };
  const wrong = problem?.fields.filter((one) => one.field === path || one.field === `${path}.${shape}`) ?? [];
  return (
    <fieldset class="group">
      <legend class="row">
        <Select
          label="How tests go together"
          value={kind}
          options={[
            { value: "all", label: "all of" },
            { value: "any", label: "any of" },
          ]}
        />
        <button type="button" class="bare" onClick={() => change({ not: condition })}>
          not
        </button>
        {remove && (
          <button type="button" class="bare" onClick={remove}>
            remove the group
          </button>
        )}
      </legend>
      {parts.map((one, place) => (
        <ConditionEditor
          key={place}
          condition={one}
          path={`${path}.${shape}[${place}]`}
          change={(next) => put(parts.map((old, at) => (at === place ? next : old)))}
          remove={() => put(parts.filter((_, at) => at !== place))}
          language={language}
          problem={problem}
        />
      ))}
      {wrong.map((one) => (
        <p key={one.message} class="wrong">
          {one.message}
        </p>
      ))}
      <p class="row">
        <button type="button" onClick={() => put([...parts, FIRST])}>
          Add a test
        </button>
        <button type="button" onClick={() => put([...parts, { [shape === "all" ? "any" : "all"]: [FIRST] }])}>
          Add a group
        </button>
      </p>
    </fieldset>
  );
}
