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
  const filled = saved && fillIn(saved.text, parameters);
  if (!url || !filled) return null;
  return (
    <a
      class="button"
      href={`${url}?cmd=edit&arg=${encodeURIComponent(filled)}`}
      title={`${saved.purpose} Opens a new tab.`}
      target="_blank"
      rel="noopener noreferrer"
    >
      {text} <span aria-hidden="true">↗</span>
    </a>
  );
}

/** The question with values in place of its parameters: Browser draws no graph where parameters are set along with it,
 * and takes their numbers for floats. Null where a value holds what Cypher might read as an escape. */
function fillIn(text: string, parameters: Record<string, Value>): string | null {
  const values = Object.values(parameters).map(String);
  if (values.some((one) => /[\\\p{Cc}]/u.test(one))) return null;
  return text.replace(/\$(\w+)/g, (whole, name: string) =>
    name in parameters ? JSON.stringify(parameters[name]) : whole,
  );
}
