/** What a model was made of, so that it can be made again. */
import { Box, Copy, shortened, Time, Unknown } from "../../ui/atoms";
import { counted, many } from "../../ui/numbers";
import type { History } from "./words";

export function LearnedBox({ model }: { model: History }) {
  const labels = Object.entries(model.labels);
  return (
    <Box title="Learned from">
      <div class="inside">
        <dl class="facts">
          <dt>Trained</dt>
          <dd>
            <Time at={model.created_at} />
          </dd>
          <dt>Wallets</dt>
          <dd>{counted(model.wallets)}</dd>
          <dt>Labels</dt>
          <dd>{labels.length > 0 ? labels.map(([name, count]) => many(count, name, name)).join(", ") : "none"}</dd>
          <dt>Moved from</dt>
          <dd>
            <Time at={model.data_from} short />
          </dd>
          <dt>until</dt>
          <dd>
            <Time at={model.data_until} short />
          </dd>
          <dt>Graph at</dt>
          <dd>#{counted(model.watermark)}</dd>
          <dt>Seed</dt>
          <dd>{model.seed}</dd>
          {Object.entries(model.parameters).map(([name, value]) => (
            <Parameter key={name} name={name} value={value} />
          ))}
          <dt>Job</dt>
          <dd>
            <a href={`/jobs/${model.job}`}>{shortened(model.job)}</a>
          </dd>
          <dt>Features</dt>
          <dd title={model.feature_digest}>
            <span class="mono">{model.feature_digest.slice(0, 12)}…</span>
            <Copy text={model.feature_digest} />
          </dd>
          {model.files.map((file) => (
            <File key={file.name} name={file.name} digest={file.digest} size={file.size} />
          ))}
        </dl>
      </div>
    </Box>
  );
}

function Parameter({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name.replaceAll("_", " ")}</dt>
      <dd>{value === null || value === undefined ? <Unknown /> : String(value)}</dd>
    </>
  );
}

function File({ name, digest, size }: { name: string; digest: string; size: number }) {
  return (
    <>
      <dt>{name}</dt>
      <dd title={digest}>
        {counted(size)} <small>bytes</small> <span class="mono">{digest.slice(0, 12)}…</span>
        <Copy text={digest} />
      </dd>
    </>
  );
}
