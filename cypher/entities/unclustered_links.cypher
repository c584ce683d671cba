// name:       unclustered_links
// purpose:    Links that hold entities together, of wallets that wait and of all that are in one with such, in columns.
// mode:       read
// parameters: size INTEGER, merge_from FLOAT
// returns:    sources LIST<STRING>, targets LIST<STRING>, confidences LIST<FLOAT>
// complexity: the links of the wallets that wait and of the members of their entities; in chunks of $size wallets
// index:      none
CYPHER 25
CALL () {
  MATCH (w:Unclustered) WHERE NOT EXISTS { (w)-[:MEMBER_OF]->(:Entity) }
  RETURN w, null AS entity
  UNION ALL
  MATCH (:Unclustered)-[:MEMBER_OF]->(e:Entity)
  WITH DISTINCT e
  MATCH (w:Wallet)-[:MEMBER_OF]->(e)
  RETURN w, e.key AS entity
}
WITH collect(w) AS found
UNWIND CASE WHEN found = [] THEN [] ELSE range(0, size(found) - 1, $size) END AS first
WITH found[first..first + $size] AS part
CALL (part) {
  UNWIND part AS w
  MATCH (w)-[l:LINKED]->(v:Wallet) WHERE l.confidence >= $merge_from AND NOT l.vetoed
  RETURN collect(w.key) AS sources, collect(v.key) AS targets, collect(l.confidence) AS confidences
}
RETURN sources, targets, confidences
