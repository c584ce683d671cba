/** The language of rules: which fields and operators there are, and how a value of each kind is written. */
import type { Schemas } from "../../api/client";
import { currency } from "../../session/about";
import type { Condition } from "./draft";

export type Language = Schemas["LanguageView"];
type FieldEntry = Schemas["FieldEntry"];

/** The entry of a field; a name that ends in `*` stands for any name below it. */
export function entryOf(language: Language, name: string): FieldEntry | undefined {
  const exact = language.fields.find((one) => one.name === name);
  const stands = (one: FieldEntry) => one.name.endsWith("*") && name.startsWith(one.name.slice(0, -1));
  return exact ?? language.fields.find(stands);
}

export type Kind = "money" | "number" | "share" | "text" | "flag" | "time";

/** The kind that a test's value must have; where the field takes any, that of the value it has. */
export function kindOf(language: Language, test: Condition): Kind {
  const kind = entryOf(language, test.field ?? "")?.kind ?? "any";
  if (kind !== "any") return kind as Kind;
  const first: unknown = Array.isArray(test.value) ? test.value[0] : test.value;
  if (typeof first === "boolean") return "flag";
  return typeof first === "number" ? "number" : "text";
}

/** Operators that work on a field, all of them where it takes any kind. */
export function operatorsFor(language: Language, field: string): Language["operators"] {
  const kind = entryOf(language, field)?.kind ?? "any";
  return kind === "any" ? language.operators : language.operators.filter((one) => one.kinds.includes(kind));
}

export type Form = "none" | "list" | "pair" | "one";

export function formOf(op: string | undefined): Form {
  if (op === "exists") return "none";
  if (op === "between") return "pair";
  return op === "in" || op === "not_in" ? "list" : "one";
}

/** One value read from what was typed. What cannot be stays text, and the server says so. */
export function readOne(kind: Kind, text: string): unknown {
  if (kind === "flag") return text === "true";
  if (kind !== "number" && kind !== "share") return text;
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : text;
}

export function writeOne(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

/** A value fit for another operator or field, keeping what can be kept. */
export function fitting(kind: Kind, form: Form, value: unknown): unknown {
  if (form === "none") return undefined;
  const had = (Array.isArray(value) ? value : [value]).map((one) => readOne(kind, writeOne(one)));
  if (form === "list") return had;
  return form === "pair" ? [had[0], had[1] ?? had[0]] : had[0];
}

const UNITS: Record<Kind, string> = {
  money: "",
  number: "a number",
  share: "0 to 1",
  text: "text",
  flag: "",
  time: "UTC, as 2026-01-31T00:00:00Z",
};

export function unitOf(kind: Kind): string {
  return kind === "money" ? currency() : UNITS[kind];
}
