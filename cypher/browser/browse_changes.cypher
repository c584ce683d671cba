// name:       browse_changes
// purpose:    What changed in the graph since a watermark? Landings, withdrawals and attributions in the order of their
//             numbers; of a transaction that landed several times the latest landing.
// mode:       read
// parameters: since INTEGER, limit INTEGER
// returns:    seq INTEGER, at DATETIME, change STRING, key STRING, detail STRING
// complexity: the entries of three indexes above the watermark, the first $limit of each; every attribution looked at once
//             for those withdrawn
// index:      transaction_seq, transaction_withdrawn, attribution_seq
//
// In Neo4j Browser first set the parameters; every answer and every scoring run names its watermark:
//   :param since => 1000;
//   :param limit => 50
CYPHER 25
CALL () {
  MATCH (t:Transaction) WHERE t.seq > $since
  WITH t ORDER BY t.seq LIMIT $limit
  RETURN t.seq AS seq, t.recorded_at AS at, CASE WHEN t.earlier_seq IS NULL THEN 'landed' ELSE 'landed again' END AS change,
    t.key AS key, t.amount + ' ' + t.asset AS detail
  UNION ALL
  MATCH (t:Transaction) WHERE t.withdrawn_seq > $since
  WITH t ORDER BY t.withdrawn_seq LIMIT $limit
  RETURN t.withdrawn_seq AS seq, t.withdrawn_at AS at, 'withdrawn' AS change, t.key AS key, coalesce(t.reason, '') AS detail
  UNION ALL
  MATCH (g:Attribution) WHERE g.seq > $since
  WITH g ORDER BY g.seq LIMIT $limit
  MATCH (g)-[:ABOUT]->(w:Wallet)
  RETURN g.seq AS seq, g.recorded_at AS at, 'attributed' AS change, w.key AS key,
    g.category + coalesce(', ' + g.actor, '') + ', by ' + g.source AS detail
  UNION ALL
  MATCH (g:Attribution) WHERE g.withdrawn_seq > $since
  WITH g ORDER BY g.withdrawn_seq LIMIT $limit
  MATCH (g)-[:ABOUT]->(w:Wallet)
  RETURN g.withdrawn_seq AS seq, g.withdrawn_at AS at, 'no longer attributed' AS change, w.key AS key,
    g.category + coalesce(', ' + g.actor, '') + ', by ' + g.source AS detail
}
RETURN seq, at, change, key, detail
ORDER BY seq, key LIMIT $limit
