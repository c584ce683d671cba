// name:       hop_counts_of
// purpose:    For one wallet the distinct illicit wallets at undirected distance 0, 1 and 2, each at its shortest, and its degrees.
// mode:       read
// parameters: key STRING
// returns:    category STRING, in_degree INTEGER, out_degree INTEGER, at_0 INTEGER, at_1 INTEGER, at_2 INTEGER, watermark INTEGER
// complexity: the flows of one indexed wallet and of its counterparties
// index:      wallet_key, counter_name
CYPHER 25
MATCH (c:Counter {name: 'graph'})
MATCH (w:Wallet {key: $key})
WITH w, c.seq AS watermark, COUNT { (w)-[:FLOW]->(w) } AS own, COLLECT {
  MATCH (w)-[:FLOW]-(i:Illicit) WHERE i <> w
  RETURN DISTINCT i
} AS near
CALL (w, near) {
  MATCH (w)-[:FLOW]-(v:Wallet) WHERE v <> w
  WITH DISTINCT w, near, v
  MATCH (v)-[:FLOW]-(i:Illicit) WHERE i <> w AND NOT i IN near
  RETURN count(DISTINCT i) AS at_2
}
RETURN w.category AS category, COUNT { (w)<-[:FLOW]-() } - own AS in_degree, COUNT { (w)-[:FLOW]->() } - own AS out_degree,
  CASE WHEN w:Illicit THEN 1 ELSE 0 END AS at_0, size(near) AS at_1, at_2, watermark
