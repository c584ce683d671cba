// name:       payment_facts
// purpose:    What clustering looks at in transactions that count: inputs, outputs, and which of these were seen before.
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING, inputs LIST<STRING>, outputs LIST<STRING>, amounts LIST<STRING>, seen LIST<BOOLEAN>
// complexity: the parties of the given transactions; of a wallet that is first named at the same time, its transactions
// index:      transaction_key
//
// Before is by time, then by key: it does not depend on what arrived first.
CYPHER 25
UNWIND $keys AS key
MATCH (t:Transaction {key: key}) WHERE t.withdrawn_at IS NULL
CALL (t) {
  MATCH (u:Wallet)-[s:SENT]->(t)
  RETURN collect(u.key) AS inputs
}
CALL (t) {
  MATCH (t)-[o:TO]->(v:Wallet)
  CALL (t, v) {
    WITH t, v WHERE v.first_at = t.at
    MATCH (v)-[:SENT|TO]-(x:Transaction) WHERE x.at = t.at AND x.key < t.key AND x.withdrawn_at IS NULL
    RETURN count(x) > 0 AS is_tied
  }
  WITH o, v, v.first_at < t.at OR is_tied AS is_seen ORDER BY o.position
  RETURN collect(v.key) AS outputs, collect(o.amount) AS amounts, collect(is_seen) AS seen
}
RETURN key, inputs, outputs, amounts, seen ORDER BY key
