/** A rule while it is edited: as data, and as lines that can be compared. */
import type { Schemas } from "../../api/client";
import { isObject } from "../../ui/editing";

export interface Condition {
  field?: string;
  op?: string;
  value?: unknown;
  all?: Condition[];
  any?: Condition[];
  not?: Condition;
}

export interface Graph {
  cypher: string;
  parameters?: Record<string, unknown>;
  timeout_ms?: number;
  fixtures?: Schemas["Fixture"][];
}

/** As it is sent; what else the text has goes along, so that the server says what is wrong with it. */
export interface Draft {
  id?: string | null;
  title: string;
  why: string;
  reason: string;
  score: number;
  floor: number | null;
  typology: string | null;
  when: Condition;
  graph: Graph | null;
}

export const EMPTY: Draft = {
  id: "",
  title: "",
  why: "",
  reason: "",
  score: 0.3,
  floor: null,
  typology: null,
  when: { all: [{ field: "transaction.value", op: "gte", value: "1000" }] },
  graph: null,
};

type Version = Schemas["RuleVersionView"];

export function draftOf(version: Version): Draft {
  const { title, why, reason, score, floor, typology, when, graph } = version;
  return { title, why, reason, score, floor, typology, when, graph: graph as Graph | null };
}

/** What JSON holds as a draft, or why the form cannot show it. */
export function shaped(found: unknown): Draft | string {
  if (!isObject(found)) return "A rule is an object: { … }";
  if (!isCondition(found.when))
    return "`when` must be a condition: a test with `field` and `op`, or `all`, `any`, `not`";
  if (found.graph != null && !(isObject(found.graph) && typeof found.graph.cypher === "string"))
    return "`graph` must be null or an object with `cypher`";
  return { ...EMPTY_PARTS, ...found, graph: found.graph ?? null } as unknown as Draft;
}

const EMPTY_PARTS = { title: "", why: "", reason: "", score: 0, floor: null, typology: null };

/** As the API takes it: what is left empty is left out. */
export function sent(draft: Draft): Schemas["RuleInput"] {
  const { id, ...rest } = draft;
  return { ...rest, ...(id ? { id } : {}) } as unknown as Schemas["RuleInput"];
}

export type Shape = "all" | "any" | "not" | "test";

export function shapeOf(condition: Condition): Shape {
  if (condition.all) return "all";
  if (condition.any) return "any";
  return condition.not ? "not" : "test";
}

/** Every part of a rule in lines, the query with its own. */
export function linesOf(version: Version): string[] {
  const { title, why, reason, score, floor, typology, when, graph } = version;
  const { cypher, ...rest } = { cypher: "", ...graph };
  return [
    `title: ${title}`,
    `why: ${why}`,
    `reason: ${reason}`,
    `score: ${score}`,
    `floor: ${floor ?? "none"}`,
    `typology: ${typology ?? "none"}`,
    "when:",
    ...conditionLines(when as Condition, "  "),
    ...(graph
      ? [...JSON.stringify({ graph: rest }, null, 2).split("\n"), "cypher:", ...String(cypher).split("\n")]
      : []),
  ];
}

const NAMES = { all: "all of", any: "any of", not: "not" } as const;

export function conditionLines(condition: Condition, indent = ""): string[] {
  const shape = shapeOf(condition);
  if (shape === "test") return [indent + testWords(condition)];
  const parts = shape === "not" ? [condition.not ?? {}] : (condition[shape] ?? []);
  return [indent + NAMES[shape], ...parts.flatMap((one) => conditionLines(one, `${indent}  `))];
}

function testWords({ field, op, value }: Condition): string {
  const told = value === undefined ? "" : ` ${typeof value === "string" ? value : JSON.stringify(value)}`;
  return `${field ?? "?"} ${op ?? "?"}${told}`;
}

function isCondition(found: unknown): found is Condition {
  if (!isObject(found)) return false;
  const { all, any, not } = found;
  const isList = (given: unknown) => given === undefined || (Array.isArray(given) && given.every(isCondition));
  return isList(all) && isList(any) && (not === undefined || isCondition(not));
}
