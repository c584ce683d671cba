/** Plain words for what models are and what their figures say. */
import type { Schemas } from "../../api/client";

export type Model = Schemas["ModelView"];
export type History = Schemas["ModelHistoryView"];
export type Kind = Model["kind"];
export type State = Model["state"];

export const KINDS: readonly Kind[] = ["isolation_forest", "classifier", "gnn"];
export const STATES: readonly State[] = ["candidate", "shadow", "champion", "retired"];

export const KIND_WORDS: Record<Kind, string> = {
  isolation_forest: "isolation forest",
  classifier: "classifier",
  gnn: "graph neural network",
};

/** What a value of the kind says. */
export const OUTPUT_WORDS: Record<Kind, string> = {
  isolation_forest: "Tells how unusual a wallet's own movements are. Novelty, not guilt; learns from no labels.",
  classifier: "Tells how likely a wallet is illicit, by all its features. Learns from labelled wallets.",
  gnn: "Tells how likely a wallet is illicit, by the shape of the graph around it. Learns from labelled wallets.",
};

export const STATE_WORDS: Record<State, string> = {
  candidate: "candidate: kept, not computed",
  shadow: "shadow: computed and shown, counts for nothing",
  champion: "champion: counts in scores",
  retired: "retired: not computed",
};

const MARKS: Record<State, string> = { candidate: "○", shadow: "◐", champion: "●", retired: "–" };

export function stateMark(state: State): string {
  return `${MARKS[state]} ${state}`;
}

interface Meaning {
  name: string;
  words: string;
  /** What one would have without the model, from the other metrics; null where there is no such thing. */
  baseline: (metrics: Metrics) => Baseline | null;
  isLowerBetter?: boolean;
}

export interface Baseline {
  value: number;
  words: string;
}

type Metrics = Record<string, number>;

const none = () => null;

const BY_CHANCE = "by chance";

function chance(metrics: Metrics): Baseline | null {
  const rate = metrics.base_rate;
  return rate === undefined ? null : { value: rate, words: BY_CHANCE };
}

const MEANINGS: Record<string, Meaning> = {
  average_precision: {
    name: "average precision",
    words: "mean precision over the illicit wallets in order of score",
    baseline: chance,
  },
  forest_average_precision: {
    name: "average precision of a plain forest",
    words: "the same of a forest on 16 counts, amounts and times: what the model has to beat",
    baseline: chance,
  },
  trees_average_precision: {
    name: "average precision of its trees alone",
    words: "the same without the network",
    baseline: chance,
  },
  roc_auc: {
    name: "ROC AUC",
    words: "how likely an illicit wallet scores above a licit one",
    baseline: () => ({ value: 0.5, words: BY_CHANCE }),
  },
  best_f1: {
    name: "best F1",
    words: "the best balance of precision and recall that some threshold reaches",
    baseline: ({ base_rate: rate }) =>
      rate === undefined ? null : { value: (2 * rate) / (1 + rate), words: "all called illicit" },
  },
  brier: {
    name: "Brier score",
    words: "squared distance of its probabilities from what was found; lower is better",
    baseline: ({ base_rate: rate }) =>
      rate === undefined ? null : { value: rate * (1 - rate), words: "the same probability for all" },
    isLowerBetter: true,
  },
  base_rate: { name: "illicit", words: "share of the wallets it was measured on", baseline: none },
  shap_difference: {
    name: "reasons against scores",
    words: "largest gap between a score and the sum of its reasons: a proof that reasons add up",
    baseline: none,
    isLowerBetter: true,
  },
  wallets: { name: "wallets", words: "that it was fitted on", baseline: none },
  mean_path_length: {
    name: "mean depth",
    words: "splits that set a wallet apart, on average: unusual ones take fewer",
    baseline: none,
  },
};

/** Metrics with those first that people decide by. */
export function inOrder(metrics: Metrics): string[] {
  const known = Object.keys(MEANINGS);
  const place = (name: string) => (known.indexOf(name) + known.length + 1) % (known.length + 1);
  return Object.keys(metrics).sort((a, b) => place(a) - place(b));
}

export function meaningOf(metric: string): Meaning {
  return MEANINGS[metric] ?? { name: metric.replaceAll("_", " "), words: "", baseline: none };
}

/** A figure with as many digits as tell something. */
export function figure(value: number): string {
  if (Number.isInteger(value) && value > 1) return String(value);
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : value.toFixed(3);
}
