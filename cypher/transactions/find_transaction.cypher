// name:       find_transaction
// purpose:    One transaction with its parties in their order.
// mode:       read
// parameters: key STRING
// returns:    key STRING, network STRING, id STRING, at DATETIME, asset STRING, amount STRING, value INTEGER, seq INTEGER, recorded_at DATETIME, withdrawn_at DATETIME, inputs LIST<MAP>, outputs LIST<MAP>
// complexity: one indexed transaction and its parties
// index:      transaction_key
CYPHER 25
MATCH (t:Transaction {key: $key})
USING INDEX t:Transaction(key)
WHERE t.seq IS NOT NULL
RETURN t.key AS key, t.network AS network, t.id AS id, t.at AS at, t.asset AS asset, t.amount AS amount,
  t.value AS value, t.seq AS seq, t.recorded_at AS recorded_at, t.withdrawn_at AS withdrawn_at,
  COLLECT {
    MATCH (w:Wallet)-[s:SENT]->(t)
    RETURN {wallet: w.key, amount: s.amount, value: s.value} ORDER BY s.position
  } AS inputs,
  COLLECT {
    MATCH (t)-[o:TO]->(w:Wallet)
    RETURN {wallet: w.key, amount: o.amount, value: o.value} ORDER BY o.position
  } AS outputs
