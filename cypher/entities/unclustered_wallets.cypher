// name:       unclustered_wallets
// purpose:    Wallets that wait for their entity, and all that are in one with such, in columns.
// mode:       read
// parameters: size INTEGER
// returns:    wallets LIST<STRING>, entities LIST<STRING>, waiting LIST<BOOLEAN>
// complexity: the wallets that wait and the members of their entities; in chunks of $size
// index:      none
//
// An entity is '' where there is none.
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
WITH collect({wallet: w.key, entity: coalesce(entity, ''), waiting: w:Unclustered}) AS found
UNWIND CASE WHEN found = [] THEN [] ELSE range(0, size(found) - 1, $size) END AS first
WITH found[first..first + $size] AS part
RETURN [r IN part | r.wallet] AS wallets, [r IN part | r.entity] AS entities, [r IN part | r.waiting] AS waiting
