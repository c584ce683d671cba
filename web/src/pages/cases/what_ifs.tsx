/** The what-ifs kept with a case; one that is opened is answered again, by the graph of today. */
import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { mayWork } from "../../session/me";
import { Box, Key, Time } from "../../ui/atoms";
import { many, scored } from "../../ui/numbers";
import { Shown } from "../../ui/states";
import { Differing } from "../../ui/supposed";
import { tell, tellFailure } from "../../ui/toasts";
import type { Part } from "./case";

type Saved = Schemas["CaseWhatIfView"];

const MOST = 200;

export function WhatIfs({ file }: Part) {
  const asked = useAsked(file.id, (signal) => {
    const params = { path: { case: file.id }, query: { limit: MOST } };
    return answered(api.GET("/api/v1/cases/{case}/what-ifs", { params, signal }));
  });
  const mayEdit = mayWork() && file.status !== "closed";
  return (
    <Box title="What-ifs">
      <Shown asked={asked} what="what-ifs">
        {(page) =>
          page.items.length === 0 ? (
            <p class="state">None is kept with this case. They are asked on a wallet's page, under Second opinion.</p>
          ) : (
            <ul class="plain rows">
              {page.items.map((one) => (
                <Line key={one.id} one={one} mayEdit={mayEdit} again={asked.again} />
              ))}
            </ul>
          )
        }
      </Shown>
    </Box>
  );
}

function Line({ one, mayEdit, again }: { one: Saved; mayEdit: boolean; again: () => void }) {
  const isOpen = useSignal(false);
  return (
    <li class="form">
      <p class="row">
        <button
          type="button"
          class="bare"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {one.title}
        </button>
        <span class="quiet">
          {scored(one.score_before)} → {scored(one.score_after)}, {one.direction}, {many(one.hops, "hop")},{" "}
          <Time at={one.saved_at} short />
        </span>
        <Key of={one.wallet} href={`/wallets/${encodeURIComponent(one.wallet)}?tab=opinion`} />
        {mayEdit && (
          <button type="button" class="bare" aria-label={`Remove ${one.title}`} onClick={() => void remove(one, again)}>
            Remove
          </button>
        )}
      </p>
      {isOpen.value && <Again one={one} />}
    </li>
  );
}

function Again({ one }: { one: Saved }) {
  const asked = useAsked(one.id, (signal) => {
    const params = { path: { case: one.case, what_if: one.id } };
    return answered(api.GET("/api/v1/cases/{case}/what-ifs/{what_if}", { params, signal }));
  });
  return (
    <Shown asked={asked} what="the answer of today">
      {(found) => <Differing found={found.now} />}
    </Shown>
  );
}

async function remove(one: Saved, again: () => void): Promise<void> {
  try {
    await answered(
      api.DELETE("/api/v1/cases/{case}/what-ifs/{what_if}", { params: { path: { case: one.case, what_if: one.id } } }),
    );
    tell("Removed from the case.");
  } catch (error) {
    tellFailure(error);
  }
  again();
}
