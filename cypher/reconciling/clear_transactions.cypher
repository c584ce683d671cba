// name:       clear_transactions
// purpose:    Leave nothing of locked transactions but their keys, to be put back as they were; sums and flows stay.
// mode:       write
// parameters: keys LIST<STRING>
// returns:    cleared INTEGER
// complexity: one index look-up per key and its parties
// index:      transaction_key
//
// Not deleted: Neo4j 2026.08 finds what this unit has deleted when it looks for the key again.
CYPHER 25
UNWIND $keys AS key
MATCH (t:Transaction {key: key})
USING INDEX t:Transaction(key)
CALL (t) {
  MATCH (t)-[r]-()
  DELETE r
}
REMOVE t:Pool
SET t = {key: key}
RETURN count(*) AS cleared
