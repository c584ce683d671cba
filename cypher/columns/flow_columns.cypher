// name:       flow_columns
// purpose:    All flows as columns, for arrays and for the benchmark.
// mode:       read
// parameters: size INTEGER
// returns:    sources LIST<STRING>, targets LIST<STRING>, values LIST<INTEGER>, counts LIST<INTEGER>
// complexity: every flow read once; returned in chunks of $size
// index:      none
CYPHER 25
MATCH ()-[f:FLOW]->()
WITH collect(f) AS flows
UNWIND CASE WHEN flows = [] THEN [] ELSE range(0, size(flows) - 1, $size) END AS first
WITH flows[first..first + $size] AS part
RETURN [f IN part | startNode(f).key] AS sources, [f IN part | endNode(f).key] AS targets,
  [f IN part | f.value] AS values, [f IN part | f.count] AS counts
