// name:       lock_transaction
// purpose:    Take the lock of one landed transaction and tell what its withdrawal needs: its parties in their order.
// mode:       write
// parameters: key STRING
// returns:    network STRING, id STRING, at DATETIME, asset STRING, amount STRING, value INTEGER, withdrawn_at DATETIME, withdrawn_seq INTEGER, inputs LIST<MAP>, outputs LIST<MAP>
// complexity: one indexed transaction and its parties
// index:      transaction_key
CYPHER 25
MATCH (t:Transaction {key: $key})
USING INDEX t:Transaction(key)
WHERE t.seq IS NOT NULL
SET t.key = t.key
RETURN t.network AS network, t.id AS id, t.at AS at, t.asset AS asset, t.amount AS amount, t.value AS value,
  t.withdrawn_at AS withdrawn_at, t.withdrawn_seq AS withdrawn_seq,
  COLLECT {
    MATCH (w:Wallet)-[s:SENT]->(t)
    RETURN {address: w.address, amount: s.amount} ORDER BY s.position
  } AS inputs,
  COLLECT {
    MATCH (t)-[o:TO]->(w:Wallet)
    RETURN {address: w.address, amount: o.amount} ORDER BY o.position
  } AS outputs
