/** A saved question in Neo4j Browser, filled in and not yet run: whoever follows it reads it first. */
import { about } from "../session/about";

type Value = string | number;

interface Props {
  query: string;
  parameters: Record<string, Value>;
  text?: string;
}

export function BrowserLink({ query, parameters, text = "Neo4j Browser" }: Props) {
  const url = about.value?.neo4j_browser_url;
  const saved = about.value?.browser_queries.find((one) => one.name === query);
  if (!url || !saved) return null;
  return (
    <a
      class="button"
      href={address(url, saved.text, parameters)}
      title={`${saved.purpose} Opens a new tab.`}
      target="_blank"
      rel="noopener noreferrer"
    >
      {text} <span aria-hidden="true">↗</span>
    </a>
  );
}

/** Browser reads the address twice decoded, so what it must not cut at is encoded twice. */
function address(url: string, text: string, parameters: Record<string, Value>): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const typed = `:params {${given.join(", ")}};\n${text}`;
  return `${url}?cmd=edit&arg=${encodeURIComponent(encodeURIComponent(typed))}`;
}
