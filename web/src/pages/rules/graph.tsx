/** The pattern that a graph rule looks for: read-only Cypher, its parameters, and what it must find and must not. */
import type { Problem } from "../../api/client";
import { Box } from "../../ui/atoms";
import type { Editing } from "../../ui/editing";
import { readNumber, Typed } from "../../ui/typed";
import type { Draft, Graph } from "./draft";

const BEGUN: Graph = {
  cypher:
    "UNWIND $payments AS payment\nRETURN payment.id AS id, [] AS wallets, [] AS transactions, 0 AS value, '' AS detail\nLIMIT 0",
  parameters: {},
  timeout_ms: 250,
  fixtures: [],
};

export function GraphEditor({ editing, problem }: { editing: Editing<Draft>; problem: Problem | null }) {
  const { graph } = editing.draft;
  if (!graph)
    return (
      <p class="row">
        <button type="button" onClick={() => editing.change({ graph: BEGUN })}>
          Look for a pattern in the graph, too
        </button>
      </p>
    );
  const put = (part: Partial<Graph>) => editing.change({ graph: { ...graph, ...part } });
  return (
    <Box
      title="Pattern in the graph"
      aside={
        <button type="button" class="bare" onClick={() => editing.change({ graph: null })}>
          take it away
        </button>
      }
    >
      <div class="inside form cypher">
        <p class="quiet">Asked for the payments that meet the condition above; the rule fires for those it returns.</p>
        <Typed
          label="Cypher, read-only"
          rows={12}
          value={graph.cypher}
          change={(cypher) => put({ cypher: cypher as string })}
          field="graph.cypher"
          problem={problem}
        />
        <Typed
          label="Parameters, JSON"
          rows={4}
          value={graph.parameters ?? {}}
          read={readParameters}
          write={(given) => (typeof given === "string" ? given : JSON.stringify(given, null, 2))}
          change={(parameters) => put({ parameters: parameters as Record<string, unknown> })}
          field="graph.parameters"
          problem={problem}
        />
        <Typed
          label="It may take, ms"
          value={graph.timeout_ms ?? 250}
          read={readNumber}
          change={(timeout_ms) => put({ timeout_ms: timeout_ms as number })}
          field="graph.timeout_ms"
          problem={problem}
        />
        <Fixtures fixtures={graph.fixtures ?? []} />
      </div>
    </Box>
  );
}

/** What is no JSON stays text, which the server refuses by name. */
function readParameters(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function Fixtures({ fixtures }: { fixtures: NonNullable<Graph["fixtures"]> }) {
  if (fixtures.length === 0)
    return (
      <p class="quiet">
        No fixtures: nothing says what it must find. They are written in the JSON text, under <code>fixtures</code>.
      </p>
    );
  return (
    <div>
      <h3>Tried before it comes into force</h3>
      <ul>
        {fixtures.map((one) => (
          <li key={one.name}>
            {one.found ? "must find" : "must not find"}: {one.name}
          </li>
        ))}
      </ul>
    </div>
  );
}
