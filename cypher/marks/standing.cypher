// name:       standing
// purpose:    How far the graph has come, and how many wallets are marked stale.
// mode:       read
// parameters: none
// returns:    seq INTEGER, marks INTEGER
// complexity: one node and the store's own counter of the label
// index:      counter_name
CYPHER 25
CALL () {
  MATCH (w:Stale)
  RETURN count(w) AS marks
}
MATCH (c:Counter {name: 'graph'})
RETURN c.seq AS seq, marks
