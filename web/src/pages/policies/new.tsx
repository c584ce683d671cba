/** The next version of a policy, begun from one that there is. */
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { navigate, query } from "../../router";
import { mayRun } from "../../session/me";
import { AsText } from "../../ui/as_text";
import { isObject, useEditing } from "../../ui/editing";
import { PageHead } from "../../ui/page";
import { Empty, Shown } from "../../ui/states";
import { useSubmit } from "../../ui/submit";
import { tell } from "../../ui/toasts";
import { PolicyForm } from "./form";
import type { Policy, PolicyView } from "./values";
import "./policies.css";

/** `?from=` is the policy to begin with; the one in force without it. */
export default function NewPolicyPage() {
  const from = query.value.get("from");
  const asked = useAsked(from ?? "", async (signal): Promise<PolicyView | null> => {
    if (from) return answered(api.GET("/api/v1/policies/{policy}", { params: { path: { policy: from } }, signal }));
    const page = await answered(api.GET("/api/v1/policies", { params: { query: { limit: 1000 } }, signal }));
    return page.items.find((one) => one.in_force) ?? page.items[0] ?? null;
  });
  return (
    <>
      <PageHead
        title="New policy version"
        beside={asked.data && <span class="quiet">begun as a copy of {asked.data.id}</span>}
      />
      {mayRun() ? (
        <Shown asked={asked} what="the policy to begin with">
          {(begun) => (begun ? <Drafting begun={begun.policy} /> : <Nothing />)}
        </Shown>
      ) : (
        <Empty>
          <p>Supervisors and admins write policies.</p>
          <a href="/policies">To the policies</a>
        </Empty>
      )}
    </>
  );
}

function Nothing() {
  return (
    <Empty>
      <p>There is no policy to begin with.</p>
    </Empty>
  );
}

const PARTS = ["weights", "thresholds", "alone", "wallet_weights", "velocity", "anomaly"] as const;

/** A policy that the form can show; what is wrong with its values the server says. */
function shaped(found: unknown): Policy | string {
  if (!isObject(found)) return "A policy is an object: { … }";
  const missing = PARTS.find((one) => !isObject(found[one]));
  if (missing) return `\`${missing}\` must be an object`;
  if (!Array.isArray(found.floors) || !found.floors.every((one) => isObject(one) && Array.isArray(one.categories)))
    return "`floors` must be a list of floors, each with `categories`";
  if (!Array.isArray(found.hop_weights)) return "`hop_weights` must be a list of three";
  return found as unknown as Policy;
}

function Drafting({ begun }: { begun: Policy }) {
  const editing = useEditing(begun, shaped);
  const save = useSubmit(async () => {
    const made = await answered(api.POST("/api/v1/policies", { body: editing.draft as Schemas["PolicyInput"] }));
    tell(`${made.id} is recorded; it decides nothing before it is brought into force.`);
    navigate(`/policies/${made.id}`, { replace: true });
  });
  return (
    <form class="form" aria-label="New policy version" onSubmit={save.onSubmit}>
      <div class="row">
        <button type="submit" class="main" disabled={save.isBusy || editing.wrong !== null}>
          Record the next version of {editing.draft.name || "it"}
        </button>
        <span class="quiet">It is compared with the one in force before it decides anything.</span>
      </div>
      {save.failure}
      <div class="beside">
        <PolicyForm editing={editing} problem={save.problem} />
        <AsText editing={editing} name="The policy as JSON" />
      </div>
    </form>
  );
}
