/** The score of a wallet: as the last run stored it, or computed now where none has seen it. */
import { answered, api, Problem, type Schemas } from "../../api/client";
import type { Severity } from "../../ui/atoms";
import { type Clock, isPast } from "./clock";

/** As the client answers it: what the schema has as a tuple is a list. */
export type Loose<T> = T extends readonly (infer One)[]
  ? Loose<One>[]
  : T extends object
    ? { [Name in keyof T]: Loose<T[Name]> }
    : T;

export type ScoreView = Loose<Schemas["ScoreView"]>;

export interface Scored {
  score: ScoreView;
  isStored: boolean;
}

/** Where severities begin; no policy changes them. */
const SEVERITIES: [number, Severity][] = [
  [0.9, "critical"],
  [0.7, "high"],
  [0.4, "low"],
];

export function severityOf(score: number): Severity {
  return SEVERITIES.find(([least]) => score >= least)?.[1] ?? "none";
}

export async function askScore(key: string, clock: Clock, signal: AbortSignal): Promise<Scored> {
  if (!isPast(clock)) {
    const stored = await askStored(key, signal);
    if (stored) return { score: stored, isStored: true };
  }
  const { as_of, known_at } = clock;
  const params = { path: { key }, query: { as_of, known_at } };
  return { score: await answered(api.GET("/api/v1/score/{key}", { params, signal })), isStored: false };
}

async function askStored(key: string, signal: AbortSignal): Promise<ScoreView | null> {
  try {
    return await answered(api.GET("/api/v1/scores/{key}", { params: { path: { key } }, signal }));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}
