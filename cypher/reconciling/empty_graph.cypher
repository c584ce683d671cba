// name:       empty_graph
// purpose:    Take everything away that a rebuild puts back; the counter stays.
// mode:       batched
// parameters: none
// returns:    removed INTEGER
// complexity: every node and relationship once
// index:      none
CYPHER 25
CALL () {
  MATCH (t:Transaction) RETURN t AS n
  UNION ALL
  MATCH (a:Attribution) RETURN a AS n
  UNION ALL
  MATCH (w:Wallet) RETURN w AS n
  UNION ALL
  MATCH (e:Entity) RETURN e AS n
  UNION ALL
  MATCH (c:Clustering) RETURN c AS n
}
CALL (n) {
  DETACH DELETE n
} IN TRANSACTIONS OF 2000 ROWS
RETURN count(*) AS removed
