/** One test: a field, an operator that works on it, and a value of its kind. */
import type { Problem } from "../../api/client";
import { Select } from "../../ui/fields";
import { Typed } from "../../ui/typed";
import type { Condition } from "./draft";
import {
  entryOf,
  fitting,
  formOf,
  type Kind,
  kindOf,
  type Language,
  operatorsFor,
  readOne,
  unitOf,
  writeOne,
} from "./language";

export const FIELDS = "rule-fields";

export interface Part {
  condition: Condition;
  /** Where it stands in the rule, as the server names it: `when.all[1]`. */
  path: string;
  change: (condition: Condition) => void;
  remove?: () => void;
  language: Language;
  problem: Problem | null;
}

export function Test({ condition, path, change, remove, language, problem }: Part) {
  const field = condition.field ?? "";
  const entry = entryOf(language, field);
  const wrong = problem?.fields.filter((one) => one.field === path || one.field.startsWith(`${path}.`)) ?? [];
  const choose = (name: string) => change(fitted(language, { ...condition, field: name }));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid everywhere
    <div class="test" role="group" aria-label={`Test ${path}`}>
      <div class="field">
        <input
          aria-label="Field"
          list={FIELDS}
          value={field}
          autoComplete="off"
          spellcheck={false}
          onInput={(event) => choose(event.currentTarget.value)}
        />
        <small>{entry ? entry.description : "no field of that name"}</small>
      </div>
      <Select
        label="Operator"
        value={operator(condition, language, change)}
        options={operatorsFor(language, field).map((one) => ({
          value: one.name,
          label: `${one.name.replace("_", " ")} · ${one.description}`,
        }))}
      />
      <Value condition={condition} change={change} language={language} isAny={entry?.kind === "any"} />
      <span class="row">
        <button type="button" class="bare" onClick={() => change({ not: condition })}>
          not
        </button>
        {remove && (
          <button type="button" class="bare" aria-label={`Remove test ${path}`} title="Remove" onClick={remove}>
            ✕
          </button>
        )}
      </span>
      {wrong.map((one) => (
        <p key={one.field} class="wrong" role="alert">
          <code>{one.field.slice(path.length + 1)}</code> {one.message}
        </p>
      ))}
    </div>
  );
}

/** The test with an operator and a value that its field can have. */
function fitted(language: Language, test: Condition): Condition {
  const names = operatorsFor(language, test.field ?? "").map((one) => one.name);
  const op = names.includes(test.op ?? "") ? test.op : names[0];
  const { value, ...rest } = test;
  const next = fitting(kindOf(language, test), formOf(op), value);
  return { ...rest, ...(op ? { op } : {}), ...(next === undefined ? {} : { value: next }) };
}

function operator(test: Condition, language: Language, change: (next: Condition) => void) {
  return {
    get value() {
      return test.op ?? "";
    },
    set value(op: string) {
      change(fitted(language, { ...test, op }));
    },
  };
}

interface ValueProps {
  condition: Condition;
  change: (condition: Condition) => void;
  language: Language;
  isAny: boolean;
}

function Value({ condition, change, language, isAny }: ValueProps) {
  const form = formOf(condition.op);
  const kind = kindOf(language, condition);
  const put = (value: unknown) => change({ ...condition, value });
  if (form === "none") return <span class="quiet">no value</span>;
  return (
    <div class="value">
      {isAny && <KindOfValue kind={kind} change={(next) => put(fitting(next, form, condition.value))} />}
      {form === "one" && <One label="Value" kind={kind} value={condition.value} change={put} />}
      {form === "list" && <Several kind={kind} value={condition.value} change={put} />}
      {form === "pair" && <Pair kind={kind} value={condition.value} change={put} />}
    </div>
  );
}

interface OneProps {
  kind: Kind;
  value: unknown;
  change: (value: unknown) => void;
}

function One({ label, kind, value, change }: OneProps & { label: string }) {
  if (kind === "flag") {
    const bound = {
      get value() {
        return value === true ? "true" : "false";
      },
      set value(text: string) {
        change(text === "true");
      },
    };
    return <Select label={label} value={bound} options={["true", "false"]} />;
  }
  return (
    <Typed
      label={label}
      value={value}
      change={change}
      read={(text) => readOne(kind, text)}
      write={writeOne}
      hint={unitOf(kind)}
    />
  );
}

function Several({ kind, value, change }: OneProps) {
  const lines = (text: string) =>
    text
      .split("\n")
      .filter((one) => one !== "")
      .map((one) => readOne(kind, one));
  return (
    <Typed
      label="Values, one a line"
      value={value}
      change={change}
      read={lines}
      write={(given) => (Array.isArray(given) ? given.map(writeOne).join("\n") : writeOne(given))}
      rows={3}
      hint={`one a line${unitOf(kind) ? `, ${unitOf(kind)}` : ""}`}
    />
  );
}

function Pair({ kind, value, change }: OneProps) {
  const [low, high]: unknown[] = Array.isArray(value) ? value : [value, value];
  return (
    <>
      <One label="From" kind={kind} value={low} change={(next) => change([next, high])} />
      <One label="To" kind={kind} value={high} change={(next) => change([low, next])} />
    </>
  );
}

function KindOfValue({ kind, change }: { kind: Kind; change: (kind: Kind) => void }) {
  const bound = {
    get value() {
      return kind;
    },
    set value(next: string) {
      change(next as Kind);
    },
  };
  return <Select label="Kind of value" value={bound} options={["text", "number", "flag"]} />;
}
