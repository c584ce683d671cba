/** Into force and out of it; either can be undone for ten seconds. */
import { answered, api, type Schemas } from "../../api/client";
import { mayRun } from "../../session/me";
import { useKeys } from "../../ui/keys";
import { useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";

type Rule = Schemas["RuleView"];

function activate(rule: string, version: number): Promise<Rule> {
  return answered(api.POST("/api/v1/rules/{rule}/activate", { params: { path: { rule } }, body: { version } }));
}

async function retire(rule: string): Promise<void> {
  await answered(api.DELETE("/api/v1/rules/{rule}", { params: { path: { rule } } }));
}

/** What brings the rule back to how it was in force. A draft that is given up cannot be a draft again. */
function back(rule: Rule): () => Promise<void> {
  const { active_version: version } = rule;
  return version === null ? () => retire(rule.id) : async () => void (await activate(rule.id, version));
}

export function Steps({ rule, again }: { rule: Rule; again: () => void }) {
  const isLatest = rule.active_version === rule.version;
  const undo = async () => {
    await back(rule)();
    again();
  };
  const up = useSubmit(async () => {
    await activate(rule.id, rule.version);
    tell(`Version ${rule.version} is in force: every decision from now on names it.`, undo);
    again();
  });
  const down = useSubmit(async () => {
    await retire(rule.id);
    if (rule.state === "active") tell("Out of force: it takes part in no decision any more.", undo);
    else tell("The draft is given up. Activating it would bring it back.");
    again();
  });
  const may = mayRun();
  useKeys(
    may && !isLatest ? [{ key: "a", does: "bring the latest version into force", run: () => void up.run() }] : [],
    [may, isLatest, rule],
  );
  if (!may) return null;
  return (
    <>
      {!isLatest && (
        <button type="button" class="main" disabled={up.isBusy} onClick={() => void up.run()}>
          Bring version {rule.version} into force <kbd>A</kbd>
        </button>
      )}
      {rule.state !== "retired" && (
        <button type="button" disabled={down.isBusy} onClick={() => void down.run()}>
          {rule.state === "active" ? "Take out of force" : "Give the draft up"}
        </button>
      )}
      <a class="button" href={`/rules/new-rule?from=${rule.id}`}>
        Copy
      </a>
      {up.failure}
      {down.failure}
    </>
  );
}
