// name:       browse_latest
// purpose:    What landed last? The newest transactions with the wallets on both sides.
// mode:       read
// parameters: limit INTEGER
// returns:    seq INTEGER, key STRING, at DATETIME, asset STRING, amount STRING, senders LIST<STRING>, receivers LIST<STRING>, recorded_at DATETIME
// complexity: the last $limit entries of one index
// index:      transaction_seq
//
// In Neo4j Browser first set the parameter:
//   :param limit => 25
CYPHER 25
MATCH (t:Transaction) WHERE t.seq > 0
WITH t ORDER BY t.seq DESC LIMIT $limit
RETURN t.seq AS seq, t.key AS key, t.at AS at, t.asset AS asset, t.amount AS amount,
  COLLECT { MATCH (t)<-[:SENT]-(w) RETURN w.key ORDER BY w.key } AS senders,
  COLLECT { MATCH (t)-[:TO]->(w) RETURN w.key ORDER BY w.key } AS receivers,
  t.recorded_at AS recorded_at
ORDER BY seq DESC
