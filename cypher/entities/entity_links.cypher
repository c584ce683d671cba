// name:       entity_links
// purpose:    Every link of the members of an entity, in columns: those that count, those that are too weak, those vetoed.
// mode:       read
// parameters: key STRING, size INTEGER
// returns:    transactions LIST<STRING>, heuristics LIST<STRING>, confidences LIST<FLOAT>, vetoed LIST<BOOLEAN>, sources LIST<STRING>, targets LIST<STRING>
// complexity: the members and their links; in chunks of $size links
// index:      entity_key
CYPHER 25
MATCH (w:Wallet)-[:MEMBER_OF]->(:Entity {key: $key})
MATCH (w)-[l:LINKED]-(:Wallet)
WITH collect(DISTINCT l) AS found
UNWIND CASE WHEN found = [] THEN [] ELSE range(0, size(found) - 1, $size) END AS first
WITH found[first..first + $size] AS part
RETURN [l IN part | l.transaction] AS transactions, [l IN part | l.heuristic] AS heuristics,
  [l IN part | l.confidence] AS confidences, [l IN part | l.vetoed] AS vetoed,
  [l IN part | startNode(l).key] AS sources, [l IN part | endNode(l).key] AS targets
