// name:       find_wallet
// purpose:    One wallet with its sums, times, category and distinct counterparties (itself left out).
// mode:       read
// parameters: key STRING
// returns:    key STRING, network STRING, address STRING, in_value INTEGER, out_value INTEGER, in_count INTEGER, out_count INTEGER, in_degree INTEGER, out_degree INTEGER, first_at DATETIME, last_at DATETIME, category STRING
// complexity: one indexed wallet; degrees come from the store's counters
// index:      wallet_key
CYPHER 25
MATCH (w:Wallet {key: $key})
WITH w, COUNT { (w)-[:FLOW]->(w) } AS own
RETURN w.key AS key, w.network AS network, w.address AS address, w.in_value AS in_value, w.out_value AS out_value,
  w.in_count AS in_count, w.out_count AS out_count, COUNT { (w)<-[:FLOW]-() } - own AS in_degree,
  COUNT { (w)-[:FLOW]->() } - own AS out_degree, w.first_at AS first_at, w.last_at AS last_at, w.category AS category
