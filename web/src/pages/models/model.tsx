/** One model version: how well it does, what it looks at, how far the graph has moved from it, and whether it serves. */
import { useAsked } from "../../api/asking";
import { answered, api } from "../../api/client";
import type { PageProps } from "../../routes";
import { PageHead } from "../../ui/page";
import { Shown } from "../../ui/states";
import { DriftBox } from "./drift";
import { FeaturesBox } from "./features";
import { LearnedBox } from "./learned";
import { MetricsBox } from "./metrics";
import { Serving, StatesBox } from "./serving";
import { type History, type Model, OUTPUT_WORDS, STATE_WORDS, stateMark } from "./words";
import "./models.css";

interface Found {
  model: History;
  /** The champion of its kind, null where there is none. */
  champion: Model | null;
}

export default function ModelPage({ parameters }: PageProps) {
  const id = parameters.id ?? "";
  const asked = useAsked<Found>(id, async (signal) => {
    const model = await answered(api.GET("/api/v1/models/{model}", { params: { path: { model: id } }, signal }));
    const champions = await answered(
      api.GET("/api/v1/models", { params: { query: { kind: model.kind, state: "champion", limit: 1 } }, signal }),
    );
    return { model, champion: champions.items[0] ?? null };
  });
  const found = asked.data;
  return (
    <>
      <PageHead
        title={id}
        beside={
          found && (
            <span class={found.model.state === "champion" ? "tag on" : "tag"} title={STATE_WORDS[found.model.state]}>
              {stateMark(found.model.state)}
            </span>
          )
        }
        actions={found && <Serving model={found.model} champion={found.champion} again={asked.again} />}
      />
      <Shown asked={asked} what="the model">
        {({ model, champion }) => (
          <>
            <p>
              {OUTPUT_WORDS[model.kind]} <span class="quiet">As a {STATE_WORDS[model.state]}.</span>
            </p>
            <div class="split">
              <div>
                <MetricsBox model={model} champion={champion} />
                <DriftBox model={model} />
                <FeaturesBox model={model} />
              </div>
              <div>
                <LearnedBox model={model} />
                <StatesBox model={model} />
              </div>
            </div>
          </>
        )}
      </Shown>
    </>
  );
}
