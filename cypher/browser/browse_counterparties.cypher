// name:       browse_counterparties
// purpose:    Who are this wallet's counterparties? The largest flows on either side of it.
// mode:       read
// parameters: key STRING, limit INTEGER
// returns:    direction STRING, counterparty STRING, category STRING, actor STRING, value INTEGER, count INTEGER, first_at DATETIME, last_at DATETIME, path PATH
// complexity: 1 hop around one indexed wallet, capped by $limit
// index:      wallet_key
//
// Who is one only through a pool stands on no flow and is not drawn. In Neo4j Browser first set the parameters; value is in millionths of the reference currency:
//   :param key => 'eth:0x1794065ff9c3b4e8bc3d3a0657bfa290eabfc62e';
//   :param limit => 25
CYPHER 25
MATCH path = (w:Wallet {key: $key})-[f:FLOW]-(v:Wallet)
WHERE v <> w
RETURN CASE WHEN endNode(f) = w THEN 'source' ELSE 'destination' END AS direction, v.key AS counterparty,
  v.category AS category, v.actor AS actor, f.value AS value, f.count AS count, f.first_at AS first_at,
  f.last_at AS last_at, path
ORDER BY value DESC, counterparty, direction LIMIT $limit
