/** The form of a policy: every value that it has, those that are lists with what adds to them. */
import { useSignal } from "@preact/signals";
import type { Problem } from "../../api/client";
import { currency } from "../../session/about";
import { Box } from "../../ui/atoms";
import type { Editing } from "../../ui/editing";
import { readNumber, Typed } from "../../ui/typed";
import { Floors } from "./floors";
import type { Policy } from "./values";

interface Props {
  editing: Editing<Policy>;
  problem: Problem | null;
}

export function PolicyForm({ editing, problem }: Props) {
  const { draft, change } = editing;
  return (
    <div class="form">
      <Box title="Name and severity">
        <div class="inside columns narrow">
          <Typed
            label="Name"
            value={draft.name}
            change={(name) => change({ name: name as string })}
            hint="versions count under it"
            field="name"
            problem={problem}
          />
          {["low", "high", "critical"].map((name) => (
            <Typed
              key={name}
              label={`${name} from, 0 to 1`}
              value={draft.thresholds[name]}
              read={readNumber}
              change={(next) => change({ thresholds: { ...draft.thresholds, [name]: next as number } })}
              field={`thresholds.${name}`}
              problem={problem}
            />
          ))}
        </div>
        <Wrong problem={problem} field="thresholds" />
      </Box>
      <Weights title="Weights of signals" part="weights" editing={editing} problem={problem} />
      <Weights title="Alone: least share of a signal's value" part="alone" editing={editing} problem={problem} />
      <Floors editing={editing} problem={problem} />
      <Limits editing={editing} problem={problem} />
      <Money editing={editing} problem={problem} />
      <Wallets editing={editing} problem={problem} />
      <Weights title="What models add to wallets" part="wallet_weights" editing={editing} problem={problem} />
    </div>
  );
}

function Wrong({ problem, field }: { problem: Problem | null; field: string }) {
  const found = problem?.fields.filter((one) => one.field === field) ?? [];
  return (
    <>
      {found.map((one) => (
        <p key={one.message} class="wrong inside" role="alert">
          {one.message}
        </p>
      ))}
    </>
  );
}

type Part = "weights" | "alone" | "wallet_weights";

function Weights({ title, part, editing, problem }: Props & { title: string; part: Part }) {
  const given = editing.draft[part];
  const added = useSignal("");
  const put = (next: Policy[Part]) => editing.change({ [part]: next });
  const without = (name: string) => Object.fromEntries(Object.entries(given).filter(([one]) => one !== name));
  const add = () => {
    if (added.value) put({ ...given, [added.value]: 0.1 });
    added.value = "";
  };
  return (
    <Box title={title}>
      <div class="inside">
        <div class="columns narrow">
          {Object.entries(given).map(([name, value]) => (
            <div key={name} class="weight">
              <Typed
                label={`${name.replaceAll("_", " ")}, 0 to 1`}
                value={value}
                read={readNumber}
                change={(next) => put({ ...given, [name]: next as number })}
                field={`${part}.${name}`}
                problem={problem}
              />
              <button
                type="button"
                class="bare"
                aria-label={`Remove ${name}`}
                title="Remove"
                onClick={() => put(without(name))}
              >
                ✕
              </button>
            </div>
          ))}
          <div class="weight">
            <Typed label="Another" value={added.value} change={(name) => (added.value = name as string)} />
            <button type="button" disabled={!added.value} onClick={add}>
              Add
            </button>
          </div>
        </div>
        <Wrong problem={problem} field={part} />
      </div>
    </Box>
  );
}

function Limits({ editing, problem }: Props) {
  const { velocity, anomaly } = editing.draft;
  const of = { problem, read: readNumber };
  const fast = (part: Partial<Policy["velocity"]>) => editing.change({ velocity: { ...velocity, ...part } });
  const odd = (part: Partial<Policy["anomaly"]>) => editing.change({ anomaly: { ...anomaly, ...part } });
  return (
    <Box title="Velocity and habit">
      <div class="inside columns narrow">
        <Typed
          label="Window, s"
          value={velocity.window_s}
          change={(next) => fast({ window_s: next as number })}
          field="velocity.window_s"
          {...of}
        />
        <Typed
          label="Most payments"
          value={velocity.max_count}
          change={(next) => fast({ max_count: next as number })}
          field="velocity.max_count"
          {...of}
        />
        <Typed
          label={`Most value, ${currency()}`}
          value={velocity.max_value}
          change={(next) => fast({ max_value: next as string })}
          field="velocity.max_value"
          problem={problem}
        />
        <Typed
          label="z-score from"
          value={anomaly.z_score}
          change={(next) => odd({ z_score: next as number })}
          field="anomaly.z_score"
          {...of}
        />
        <Typed
          label="Payments of a habit"
          value={anomaly.least_count}
          change={(next) => odd({ least_count: next as number })}
          field="anomaly.least_count"
          {...of}
        />
      </div>
    </Box>
  );
}

function Money({ editing, problem }: Props) {
  const { draft, change } = editing;
  return (
    <Box title="Reporting and dusting">
      <div class="inside columns narrow">
        <Typed
          label={`Reported from, ${currency()}`}
          value={draft.reporting_threshold}
          change={(next) => change({ reporting_threshold: next as string })}
          field="reporting_threshold"
          problem={problem}
        />
        <Typed
          label="Near it, 0 to 1 of it"
          value={draft.reporting_margin}
          read={readNumber}
          change={(next) => change({ reporting_margin: next as number })}
          field="reporting_margin"
          problem={problem}
        />
        <Typed
          label={`Dusting below, ${currency()}`}
          value={draft.dusting_value}
          change={(next) => change({ dusting_value: next as string })}
          field="dusting_value"
          problem={problem}
        />
        <Typed
          label="Dusting score, 0 to 1"
          value={draft.dusting_score}
          read={readNumber}
          change={(next) => change({ dusting_score: next as number })}
          field="dusting_score"
          problem={problem}
        />
      </div>
    </Box>
  );
}

function Wallets({ editing, problem }: Props) {
  const { draft, change } = editing;
  return (
    <Box title="Wallets" aside={<span class="quiet">a change here queues a scoring run when it comes into force</span>}>
      <div class="inside columns narrow">
        <Typed
          label="Hops, 1 to 6"
          value={draft.hops}
          read={readNumber}
          change={(next) => change({ hops: next as number })}
          field="hops"
          problem={problem}
        />
        {draft.hop_weights.map((weight, place) => (
          <Typed
            key={place}
            label={`Weight at distance ${place}`}
            value={weight}
            read={readNumber}
            change={(next) =>
              change({
                hop_weights: draft.hop_weights.map((one, at) => (at === place ? next : one)) as number[],
              })
            }
            field={`hop_weights[${place}]`}
            problem={problem}
          />
        ))}
        <Typed
          label="Illicit share, 0 to 1"
          value={draft.illicit_share}
          read={readNumber}
          change={(next) => change({ illicit_share: next as number })}
          field="illicit_share"
          problem={problem}
        />
        <Typed
          label="Replaced by"
          value={draft.replaced_by}
          read={(text) => text || null}
          change={(next) => change({ replaced_by: next as string | null })}
          hint="a signal that makes the score alone; empty: none"
          field="replaced_by"
          problem={problem}
        />
      </div>
    </Box>
  );
}
