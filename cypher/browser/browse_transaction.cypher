// name:       browse_transaction
// purpose:    What did this transaction move, from whom to whom?
// mode:       read
// parameters: key STRING, limit INTEGER
// returns:    side STRING, wallet STRING, category STRING, actor STRING, path PATH
// complexity: the wallets on both sides of one indexed transaction, capped by $limit
// index:      transaction_key
//
// In Neo4j Browser first set the parameters:
//   :param key => 'eth:0x1794065ff9c3b4e8bc3d3a0657bfa290eabfc62e';
//   :param limit => 100
CYPHER 25
MATCH path = (t:Transaction {key: $key})-[r:SENT|POOLED_IN|TO|POOLED_OUT]-(w:Wallet)
RETURN CASE WHEN r:SENT|POOLED_IN THEN 'source' ELSE 'destination' END AS side, w.key AS wallet,
  w.category AS category, w.actor AS actor, path
ORDER BY side DESC, wallet LIMIT $limit
