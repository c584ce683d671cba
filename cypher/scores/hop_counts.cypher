// name:       hop_counts
// purpose:    For every wallet its category, sums, distinct counterparties, and the distinct illicit wallets at undirected
//             distance 0, 1 and 2, each counted once at its shortest distance.
// mode:       read
// parameters: token INTEGER, size INTEGER
// returns:    keys LIST<STRING>, categories LIST<STRING>, in_values LIST<INTEGER>, out_values LIST<INTEGER>, in_degrees LIST<INTEGER>, out_degrees LIST<INTEGER>, at_0 LIST<INTEGER>, at_1 LIST<INTEGER>, at_2 LIST<INTEGER>
// complexity: each wallet pulls the scratch lists of its neighbours: every flow, and every pair of a pool, read twice;
//             memory of one wallet at a time
// index:      none
CYPHER 25
WITH EXISTS { (:Pool) } AS is_pooled
MATCH (w:Wallet)
WITH w, CASE WHEN w.scratch_illicit[0] = $token THEN w.scratch_illicit ELSE [$token, -1] END AS mark,
  is_pooled AND EXISTS { (w)-[:POOLED_IN|POOLED_OUT]-() } AS is_pooled
WITH w, is_pooled, mark[1] AS own_number, mark[2..] AS near
CALL (w, is_pooled, own_number, near) {
  CALL (w, is_pooled) {
    MATCH (w)-[:FLOW]-(v) WHERE v <> w
    RETURN v
    UNION ALL
    WITH w WHERE is_pooled
    MATCH (w)-[p:POOLED_IN|POOLED_OUT]-(t:Pool)-[q:POOLED_IN|POOLED_OUT]-(v)
    WHERE t.withdrawn_at IS NULL AND type(p) <> type(q) AND v <> w AND p.value > 0 AND q.value > 0
    RETURN v
  }
  WITH v.scratch_illicit AS mark WHERE mark[0] = $token
  UNWIND mark[2..] AS i
  WITH DISTINCT i WHERE i <> own_number AND NOT i IN near
  RETURN count(i) AS at_2
}
WITH w, is_pooled, near, at_2, COUNT { (w)-[:FLOW]->(w) } AS own
WITH {
  key: w.key, category: coalesce(w.category, ''), in_value: w.in_value, out_value: w.out_value,
  in_degree: CASE WHEN is_pooled THEN COUNT {
    MATCH (w)<-[:FLOW]-(v) WHERE v <> w
    RETURN v
    UNION
    MATCH (w)<-[p:POOLED_OUT]-(t:Pool)<-[q:POOLED_IN]-(v)
    WHERE t.withdrawn_at IS NULL AND v <> w AND p.value > 0 AND q.value > 0
    RETURN v
  } ELSE COUNT { (w)<-[:FLOW]-() } - own END,
  out_degree: CASE WHEN is_pooled THEN COUNT {
    MATCH (w)-[:FLOW]->(v) WHERE v <> w
    RETURN v
    UNION
    MATCH (w)-[p:POOLED_IN]->(t:Pool)-[q:POOLED_OUT]->(v)
    WHERE t.withdrawn_at IS NULL AND v <> w AND p.value > 0 AND q.value > 0
    RETURN v
  } ELSE COUNT { (w)-[:FLOW]->() } - own END,
  at_0: CASE WHEN w:Illicit THEN 1 ELSE 0 END, at_1: size(near), at_2: at_2
} AS row
WITH collect(row) AS rows
UNWIND CASE WHEN rows = [] THEN [] ELSE range(0, size(rows) - 1, $size) END AS first
WITH first, rows[first..first + $size] AS part
RETURN [r IN part | r.key] AS keys, [r IN part | r.category] AS categories,
  [r IN part | r.in_value] AS in_values, [r IN part | r.out_value] AS out_values,
  [r IN part | r.in_degree] AS in_degrees, [r IN part | r.out_degree] AS out_degrees,
  [r IN part | r.at_0] AS at_0, [r IN part | r.at_1] AS at_1, [r IN part | r.at_2] AS at_2
