// name:       flow_columns
// purpose:    All flows as columns, for arrays and for the benchmark.
// mode:       read
// parameters: size INTEGER
// returns:    sources LIST<STRING>, targets LIST<STRING>, values LIST<INTEGER>, counts LIST<INTEGER>
// complexity: every flow read once; returned in chunks of $size
// index:      none
CYPHER 25
MATCH (u:Wallet)-[f:FLOW]->(v:Wallet)
WITH collect([u.key, v.key, f.value, f.count]) AS rows
UNWIND CASE WHEN rows = [] THEN [] ELSE range(0, size(rows) - 1, $size) END AS first
WITH rows[first..first + $size] AS part
RETURN [r IN part | r[0]] AS sources, [r IN part | r[1]] AS targets, [r IN part | r[2]] AS values, [r IN part | r[3]] AS counts
