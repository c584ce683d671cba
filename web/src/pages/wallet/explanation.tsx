/** What moved each model, computed when first asked for: until then its progress is shown and it is asked again. */
import { useEffect } from "preact/hooks";
import { useAsked } from "../../api/asking";
import { answered, api, type Schemas } from "../../api/client";
import { Box, shortened } from "../../ui/atoms";
import { Meter } from "../../ui/bar";
import { counted, scored } from "../../ui/numbers";
import { Shown } from "../../ui/states";

type ExplanationView = Schemas["ExplanationView"];
type ModelExplanation = Schemas["ModelExplanation"];

const AGAIN_MS = 2_000;
const FEW = 8;

export function Explanation({ wallet, run }: { wallet: string; run: string }) {
  const asked = useAsked(`${wallet} ${run}`, (signal) =>
    answered(api.GET("/api/v1/scores/{key}/explanation", { params: { path: { key: wallet } }, signal })),
  );
  const isPending = asked.data !== null && asked.data.models === null && asked.data.job !== null;
  useEffect(() => {
    if (!isPending || asked.isLoading) return;
    const timer = setTimeout(asked.again, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isPending, asked.isLoading]);
  return (
    <Box title="What models say">
      <div class="inside">
        <Shown asked={asked} what="what models say">
          {(found) => <Told found={found} />}
        </Shown>
      </div>
    </Box>
  );
}

function Told({ found }: { found: ExplanationView }) {
  if (found.signals.length === 0 && !found.models?.length)
    return <p class="quiet">No model took part in this score: it is exposure alone.</p>;
  return (
    <>
      <ul class="plain parts" aria-label="Models">
        {found.signals.map((one) => (
          <Signal key={`${one.name} ${one.model ?? ""}`} signal={one} />
        ))}
      </ul>
      {found.job && <Making job={found.job} />}
      {found.models?.map((one) => (
        <Model key={one.model} model={one} />
      ))}
    </>
  );
}

function Signal({ signal }: { signal: Schemas["ModelSignal"] }) {
  return (
    <li>
      <span>{signal.name.replaceAll("_", " ")}</span>
      {signal.value === null ? (
        <span class="quiet">unknown{signal.skipped && `: ${signal.skipped}`}</span>
      ) : (
        <>
          <Meter value={signal.value} />
          <span class="number">{scored(signal.value)}</span>
        </>
      )}
      <span class="quiet">
        weight {signal.weight}
        {signal.state === "shadow" && ", in the shadow"}
      </span>
    </li>
  );
}

function Making({ job }: { job: Schemas["Job"] }) {
  const total = job.total ?? null;
  return (
    <div role="status" class="form">
      <p>
        What moved the models is being found out: {job.state}
        {job.message && `, ${job.message}`} <a href={`/jobs/${job.id}`}>the job</a>
      </p>
      {total ? <progress value={job.done ?? 0} max={total} /> : <progress />}
    </div>
  );
}

function Model({ model }: { model: ModelExplanation }) {
  const parts = [...(model.contributions ?? [])].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  return (
    <section class="form" aria-label={`Model ${model.model}`}>
      <h3 class="row tight">
        <a href={`/models/${encodeURIComponent(model.model)}`}>{model.model}</a>
        <small>
          {model.kind.replaceAll("_", " ")}, {model.state}
          {model.reproduced === false && ", computed again it came out otherwise"}
        </small>
      </h3>
      {model.skipped && <p class="quiet">Not explained: {model.skipped}</p>}
      {parts.length > 0 && <Contributions parts={parts.slice(0, FEW)} unit={model.output ?? ""} />}
      {parts.length > FEW && (
        <details>
          <summary>{parts.length - FEW} features that moved it less</summary>
          <Contributions parts={parts.slice(FEW)} unit={model.output ?? ""} />
        </details>
      )}
      {model.subgraph && <Subgraph subgraph={model.subgraph} />}
    </section>
  );
}

function Contributions({ parts, unit }: { parts: readonly Schemas["FeaturePart"][]; unit: string }) {
  return (
    <section class="scroll" aria-label="What each feature added">
      <table>
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col" class="number">
              Here
            </th>
            <th scope="col" class="number">
              Added <small>{unit}</small>
            </th>
          </tr>
        </thead>
        <tbody>
          {parts.map((one) => (
            <tr key={one.feature}>
              <td title={one.feature}>{one.text}</td>
              <td class="number">{Number(one.value.toPrecision(4))}</td>
              <td class="number">{signed(one.contribution)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}

function Subgraph({ subgraph }: { subgraph: Schemas["ModelSubgraph"] }) {
  return (
    <>
      <p>
        Without the {counted(subgraph.flows.length)} flows below it falls by {subgraph.fidelity.toFixed(3)}; without as
        many others by {subgraph.random_fidelity.toFixed(3)} ± {subgraph.random_deviation.toFixed(3)}.
      </p>
      <ol class="plain lines">
        {subgraph.flows.slice(0, FEW).map((one) => (
          <li key={`${one.source} ${one.target}`} class="row tight">
            <a href={`/wallets/${encodeURIComponent(one.source)}`} title={one.source}>
              {shortened(one.source)}
            </a>
            →
            <a href={`/wallets/${encodeURIComponent(one.target)}`} title={one.target}>
              {shortened(one.target)}
            </a>
            <span class="quiet">importance {one.importance.toFixed(2)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
