// name:       find_wallet
// purpose:    One wallet with its sums, times, category and distinct counterparties (itself left out).
// mode:       read
// parameters: key STRING
// returns:    key STRING, network STRING, address STRING, in_value INTEGER, out_value INTEGER, in_count INTEGER, out_count INTEGER, in_degree INTEGER, out_degree INTEGER, first_at DATETIME, last_at DATETIME, category STRING, actor STRING
// complexity: one indexed wallet; degrees come from the store's counters unless it took part in pools
// index:      wallet_key
CYPHER 25
MATCH (w:Wallet {key: $key})
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
