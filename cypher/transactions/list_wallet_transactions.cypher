// name:       list_wallet_transactions
// purpose:    Transactions a wallet took part in, on either side, latest landed first; withdrawn or counting if asked.
// mode:       read
// parameters: key STRING, before_seq INTEGER, withdrawn BOOLEAN, limit INTEGER
// returns:    key STRING, network STRING, id STRING, at DATETIME, asset STRING, amount STRING, value INTEGER, seq INTEGER, recorded_at DATETIME, withdrawn_at DATETIME, reason STRING, inputs LIST<MAP>, outputs LIST<MAP>
// complexity: all transactions of one indexed wallet are looked at, $limit are returned
// index:      wallet_key
CYPHER 25
MATCH (w:Wallet {key: $key})-[:SENT|TO]-(t:Transaction)
WITH DISTINCT t WHERE t.seq < coalesce($before_seq, 9223372036854775807)
  AND ($withdrawn IS NULL OR $withdrawn = (t.withdrawn_at IS NOT NULL))
WITH t ORDER BY t.seq DESC LIMIT $limit
RETURN t.key AS key, t.network AS network, t.id AS id, t.at AS at, t.asset AS asset, t.amount AS amount,
  t.value AS value, t.seq AS seq, t.recorded_at AS recorded_at, t.withdrawn_at AS withdrawn_at, t.reason AS reason,
  COLLECT {
    MATCH (x:Wallet)-[s:SENT]->(t)
    RETURN {wallet: x.key, amount: s.amount, value: s.value} ORDER BY s.position
  } AS inputs,
  COLLECT {
    MATCH (t)-[o:TO]->(x:Wallet)
    RETURN {wallet: x.key, amount: o.amount, value: o.value} ORDER BY o.position
  } AS outputs
ORDER BY seq DESC
