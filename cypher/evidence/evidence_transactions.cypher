// name:       evidence_transactions
// purpose:    Transactions with all their parties, amounts and values, as integers.
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING, asset STRING, value INTEGER, inputs LIST<MAP>, outputs LIST<MAP>
// complexity: one index look-up per key, and its parties
// index:      transaction_key
CYPHER 25
UNWIND $keys AS key
MATCH (t:Transaction {key: key})
RETURN t.key AS key, t.asset AS asset, t.value AS value,
  COLLECT { MATCH (t)<-[s:SENT]-(w:Wallet) RETURN {wallet: w.key, amount: s.amount, value: s.value} ORDER BY s.position } AS inputs,
  COLLECT { MATCH (t)-[o:TO]->(w:Wallet) RETURN {wallet: w.key, amount: o.amount, value: o.value} ORDER BY o.position } AS outputs
ORDER BY key
