/** A policy as a table of values with plain words, so that two of them can be laid side by side. */
import type { Schemas } from "../../api/client";
import { currency } from "../../session/about";
import { grouped, lasting, percent } from "../../ui/numbers";

/** As answers are read: how many hop weights there are, the server checks. */
export type Policy = Omit<Schemas["PolicyInput"], "hop_weights"> & { hop_weights: number[] };
export type PolicyView = Omit<Schemas["PolicyView"], "policy"> & { policy: Policy };

export interface Value {
  group: string;
  name: string;
  words: string;
  text: string;
}

export const GROUPS = [
  "Severity",
  "Weights",
  "Alone",
  "Floors",
  "Velocity and habit",
  "Reporting and dusting",
  "Wallets",
];

export function valuesOf(policy: Policy): Value[] {
  return [
    ...thresholds(policy),
    ...weights(policy),
    ...Object.entries(policy.alone).map(([name, value]) =>
      told("Alone", name, "the risk score is at least this much of the signal's value", String(value)),
    ),
    ...policy.floors.map((one) => told("Floors", one.name, "least risk score for exposure", floorWords(one))),
    ...limits(policy),
    ...reporting(policy),
    ...wallets(policy),
  ];
}

/** The same value of another policy. */
export function find(values: readonly Value[], wanted: Value): Value | undefined {
  return values.find((one) => one.group === wanted.group && one.name === wanted.name);
}

function told(group: string, name: string, words: string, text: string): Value {
  return { group, name, words, text };
}

function thresholds({ thresholds: given }: Policy): Value[] {
  return ["low", "high", "critical"].map((name) =>
    told("Severity", name, "from this risk score on", String(given[name] ?? "unknown")),
  );
}

function weights({ weights: given, replaced_by }: Policy): Value[] {
  const all = Object.values(given).reduce((sum, one) => sum + one, 0);
  const found = Object.entries(given).map(([name, value]) =>
    told("Weights", name, "of the signal in the risk score", `${value} (${percent(all > 0 ? value / all : 0)})`),
  );
  if (replaced_by === null) return found;
  return [...found, told("Weights", "replaced by", "once it can be had, it alone makes the score", replaced_by)];
}

export function floorWords(floor: Schemas["FloorInput"]): string {
  const what = floor.categories.length > 0 ? floor.categories.join(", ") : "every illicit category that no other names";
  const bounds = [
    `${floor.min_share === 0 ? "any share" : `share above ${percent(floor.min_share)}`}`,
    ...(floor.min_value === null ? [] : [`or ${grouped(floor.min_value)} ${currency()} and more`]),
    ...(floor.spares_dusting ? ["dusting spared"] : []),
  ];
  return `${floor.score}: ${floor.direct ? "direct" : "indirect"} exposure to ${what}; ${bounds.join(", ")}`;
}

function limits({ velocity, anomaly }: Policy): Value[] {
  const group = "Velocity and habit";
  return [
    told(
      group,
      "window",
      "what a payer sends within it is added up",
      `${lasting(velocity.window_s)} (${velocity.window_s} s)`,
    ),
    told(group, "payments", "at most so many in the window", String(velocity.max_count)),
    told(group, "value", "at most so much in the window", money(velocity.max_value)),
    told(group, "z-score", "from here on a value is out of the payer's habit", String(anomaly.z_score)),
    told(group, "habit", "so many payments make one", String(anomaly.least_count)),
  ];
}

function reporting(policy: Policy): Value[] {
  const group = "Reporting and dusting";
  return [
    told(group, "reported from", "payments of this value", money(policy.reporting_threshold)),
    told(group, "near it", "so far below counts as just below", percent(policy.reporting_margin)),
    told(group, "dusting below", "unasked for from a listed wallet", money(policy.dusting_value)),
    told(group, "dusting score", "the risk score of that", String(policy.dusting_score)),
  ];
}

function wallets(policy: Policy): Value[] {
  const group = "Wallets";
  return [
    told(group, "hops", "how far money is traced", String(policy.hops)),
    told(group, "hop weights", "at distance 0, 1 and 2", policy.hop_weights.join(", ")),
    ...Object.entries(policy.wallet_weights).map(([name, value]) =>
      told(group, name, "what the model adds to the scores of wallets", String(value)),
    ),
    told(group, "illicit share", "of all wallets, taken to be illicit", percent(policy.illicit_share)),
  ];
}

function money(amount: string): string {
  return `${grouped(amount, 6)} ${currency()}`;
}
