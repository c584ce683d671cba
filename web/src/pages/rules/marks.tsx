/** Whether a rule is in force, and by which version. */
import type { Schemas } from "../../api/client";

type Rule = Schemas["RuleView"];

const WORDS = { draft: "draft, not in force", active: "in force", retired: "out of force" } as const;

export function RuleState({ rule }: { rule: Rule }) {
  const isBehind = rule.active_version !== null && rule.active_version < rule.version;
  return (
    <span class="row">
      <span class={`tag ${rule.state === "active" ? "on" : ""}`}>
        {rule.state === "active" ? "●" : "○"} {WORDS[rule.state]}
      </span>
      {rule.active_version !== null && <small>version {rule.active_version}</small>}
      {isBehind && <small>a draft of version {rule.version}</small>}
    </span>
  );
}
