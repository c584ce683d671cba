// name:       search_wallets
// purpose:    Wallets whose key begins with a text, in order of key.
// mode:       read
// parameters: text STRING, limit INTEGER
// returns:    key STRING, network STRING, address STRING, in_value INTEGER, out_value INTEGER, in_count INTEGER, out_count INTEGER, in_degree INTEGER, out_degree INTEGER, first_at DATETIME, last_at DATETIME, category STRING, actor STRING
// complexity: a range of the key index, cut at $limit
// index:      wallet_key
CYPHER 25
MATCH (w:Wallet) WHERE w.key STARTS WITH $text
WITH w ORDER BY w.key LIMIT $limit
WITH w, COUNT { (w)-[:POOLED_IN|POOLED_OUT]-() } > 0 AS pooled, COUNT { (w)-[:FLOW]->(w) } AS own
RETURN w.key AS key, w.network AS network, w.address AS address, w.in_value AS in_value, w.out_value AS out_value,
  w.in_count AS in_count, w.out_count AS out_count,
  CASE WHEN pooled THEN COUNT {
      MATCH (w)<-[:FLOW]-(v) WHERE v <> w RETURN v
      UNION
      MATCH (w)<-[:POOLED_OUT]-(t)<-[:POOLED_IN]-(v) WHERE v <> w AND t.withdrawn_at IS NULL RETURN v
    } ELSE COUNT { (w)<-[:FLOW]-() } - own END AS in_degree,
  CASE WHEN pooled THEN COUNT {
      MATCH (w)-[:FLOW]->(v) WHERE v <> w RETURN v
      UNION
      MATCH (w)-[:POOLED_IN]->(t)-[:POOLED_OUT]->(v) WHERE v <> w AND t.withdrawn_at IS NULL RETURN v
    } ELSE COUNT { (w)-[:FLOW]->() } - own END AS out_degree, w.first_at AS first_at, w.last_at AS last_at, w.category AS category,
  w.actor AS actor
ORDER BY key
