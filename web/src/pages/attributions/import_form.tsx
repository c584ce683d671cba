/** Which file, and how it is read. */
import { useId } from "preact/hooks";
import { isOneOf } from "../../session/me";
import { Check, Field, Select } from "../../ui/fields";
import { choose, type Options } from "./options";

const FORMATS: Record<string, string> = {
  csv: "address,category,actor,source and, if there, confidence,valid_from,valid_to,note,network; one row a line.",
  tagpack: "A TagPack in YAML; ActorPacks may stand before it as documents of their own.",
  ofac: "One address a line, or a JSON list: all that is listed of one asset. What it leaves out is withdrawn.",
};

interface Props {
  options: Options;
  /** What was previewed or done is of other options then. */
  change: () => void;
  onSubmit: (event: Event) => void;
  isBusy: boolean;
}

export function Chooser({ options, change, onSubmit, isBusy }: Props) {
  const id = useId();
  const format = options.format.value;
  return (
    <form class="box" onSubmit={onSubmit} onInput={change} aria-label="What is imported">
      <div class="inside">
        <div class="filters">
          <div class="field">
            <label htmlFor={id}>
              <small>File</small>
            </label>
            <input
              id={id}
              type="file"
              required
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                if (file) choose(options, file);
              }}
            />
          </div>
          <Select label="Format" value={options.format} options={formats()} />
          {format === "csv" && <Field label="Network of rows that name none" value={options.network} />}
          {format === "ofac" && (
            <>
              <Field label="Asset" value={options.asset} placeholder="XBT" required />
              <Field label="Listed since, UTC" type="date" value={options.listedAt} />
            </>
          )}
        </div>
        <p class="quiet">{FORMATS[format]}</p>
        <div class="row">
          <Check label="Record nothing if any row is bad" value={options.allOrNothing} />
          {format === "ofac" && (
            <Check label="Accept a list that leaves out most of what is in force" value={options.acceptDelisting} />
          )}
        </div>
        <p class="row">
          <button type="submit" class="main" disabled={isBusy || !options.file.value}>
            Preview
          </button>
          <small>Nothing is written before you have seen what it moves.</small>
        </p>
      </div>
    </form>
  );
}

/** Lists of an authority take an admin. */
function formats(): { value: string; label: string }[] {
  const all = [
    { value: "csv", label: "CSV" },
    { value: "tagpack", label: "TagPack" },
  ];
  return isOneOf("admin") ? [...all, { value: "ofac", label: "OFAC list" }] : all;
}
