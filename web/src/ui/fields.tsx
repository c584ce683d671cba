/** Labelled controls bound to a signal, with what is wrong about their value below them. */
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Problem } from "../api/client";

interface Shared {
  label: string;
  /** A signal, or what reads and writes some part of one. */
  value: { value: string };
  /** What the server said, and under which name it knows the field. */
  problem?: Problem | null;
  field?: string;
  hint?: string;
  required?: boolean;
}

interface FieldProps extends Shared {
  type?: "text" | "password" | "number" | "date" | "datetime-local" | "search";
  autocomplete?: string;
  placeholder?: string;
}

export function Field({ type = "text", autocomplete = "off", ...props }: FieldProps) {
  const id = useId();
  return (
    <Labelled {...props} id={id}>
      <input
        id={id}
        // The types of attributes go by one type at a time; the element takes any.
        {...({ type } as { type: "text" })}
        value={props.value.value}
        autoComplete={autocomplete}
        placeholder={props.placeholder ?? ""}
        required={props.required ?? false}
        onInput={(event) => {
          props.value.value = event.currentTarget.value;
        }}
      />
    </Labelled>
  );
}

export function TextArea(props: Shared & { rows?: number }) {
  const id = useId();
  return (
    <Labelled {...props} id={id}>
      <textarea
        id={id}
        rows={props.rows ?? 4}
        value={props.value.value}
        required={props.required ?? false}
        onInput={(event) => {
          props.value.value = event.currentTarget.value;
        }}
      />
    </Labelled>
  );
}

export interface Option {
  value: string;
  label: string;
}

/** Options as pairs, or as plain words that stand for themselves. */
export function Select({ options, ...props }: Shared & { options: readonly (Option | string)[] }) {
  const id = useId();
  return (
    <Labelled {...props} id={id}>
      <select
        id={id}
        value={props.value.value}
        onChange={(event) => {
          props.value.value = event.currentTarget.value;
        }}
      >
        {options.map(asOption).map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

export function Check({ label, value }: { label: string; value: Signal<boolean> }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value.value}
        onChange={(event) => {
          value.value = event.currentTarget.checked;
        }}
      />
      {label}
    </label>
  );
}

function Labelled({ id, label, hint, problem, field, children }: Shared & { id: string; children: ComponentChildren }) {
  const wrong = problem?.fields.find((one) => one.field === field);
  return (
    <div class="field">
      <label htmlFor={id}>
        <small>{label}</small>
      </label>
      {children}
      {hint && <small>{hint}</small>}
      {wrong && <span class="wrong">{wrong.message}</span>}
    </div>
  );
}

function asOption(one: Option | string): Option {
  return typeof one === "string" ? { value: one, label: one.replaceAll("_", " ") } : one;
}
