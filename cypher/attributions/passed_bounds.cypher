// name:       passed_bounds
// purpose:    Wallets with an attribution that became valid, or ceased to be, since the cached categories were decided.
// mode:       read
// parameters: now DATETIME
// returns:    wallet STRING
// complexity: attributions with a bound in between, by index
// index:      counter_name, attribution_valid_from, attribution_valid_to
CYPHER 25
MATCH (c:Counter {name: 'graph'})
WITH coalesce(c.refreshed_at, datetime('0001-01-01T00:00:00Z')) AS since
CALL (since) {
  MATCH (a:Attribution) WHERE since < a.valid_from <= $now
  RETURN a
  UNION
  MATCH (a:Attribution) WHERE since < a.valid_to <= $now
  RETURN a
}
WITH a WHERE a.withdrawn_at IS NULL
MATCH (a)-[:ABOUT]->(w:Wallet)
RETURN DISTINCT w.key AS wallet
ORDER BY wallet
