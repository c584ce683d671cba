/** What jobs are called, and how long they took. */
import { type Job, isUnderWay } from "../../api/job";
import { lasting } from "../../ui/numbers";

const NAMES: Record<string, string> = {
  score_graph: "Scoring run",
  replay_run: "Replay of a scoring run",
  rescreen: "Re-screening",
  check_scores: "Check of scores",
  compare_runs: "What a scoring run changed",
  backtest_rule: "Back-test of a rule",
  explain_wallet: "Explanation of a score",
  reconcile: "Reconciling of what is recent",
  reconcile_all: "Reconciling of everything",
  retain_runs: "Removal of old scores",
  measure_drift: "Drift of models",
  train_isolation_forest: "Training: isolation forest",
  train_classifier: "Training: classifier",
  train_gnn: "Training: GNN",
  verify_log: "Verification of the audit log",
};

export const JOB_NAMES = Object.keys(NAMES);

export function jobName(name: string): string {
  return NAMES[name] ?? name.replaceAll("_", " ");
}

export const STATES = ["queued", "running", "succeeded", "failed", "dead", "cancelled"] as const;

const STATE_WORDS: Record<Job["state"], string> = {
  queued: "waiting",
  running: "running",
  succeeded: "✓ done",
  failed: "✗ failed",
  dead: "✗ given up",
  cancelled: "cancelled",
};

export function stateWords(state: Job["state"]): string {
  return STATE_WORDS[state];
}

/** What may be tried again: it came to nothing. */
export function isLost(job: Job): boolean {
  return job.state === "failed" || job.state === "dead" || job.state === "cancelled";
}

/** How long it has run, or did; null for one that has not begun. */
export function ran(job: Job, now: number): string | null {
  if (!job.started_at) return null;
  const end = job.finished_at ? Date.parse(job.finished_at) : isUnderWay(job) ? now : null;
  return end === null ? null : lasting(Math.max(0, end - Date.parse(job.started_at)) / 1000);
}
