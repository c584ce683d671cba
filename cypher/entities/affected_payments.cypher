// name:       affected_payments
// purpose:    Transactions whose outputs may be new, or new no longer, because of changed ones: those that pay a wallet which a
//             changed one may be, or may have been, the first to name.
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING
// complexity: the parties of the given transactions; of a wallet that an earlier transaction names, nothing more is read
// index:      transaction_key
CYPHER 25
UNWIND $keys AS key
MATCH (t:Transaction {key: key})
WITH t, reduce(first = t.at, at IN coalesce(t.earlier_at, []) | CASE WHEN at < first THEN at ELSE first END) AS since
MATCH (t)-[:SENT|TO]-(w:Wallet)
WITH w, min(since) AS since
WHERE w.first_at IS NULL OR w.first_at >= since
MATCH (w)<-[:TO]-(u:Transaction) WHERE u.withdrawn_at IS NULL
RETURN DISTINCT u.key AS key ORDER BY key
