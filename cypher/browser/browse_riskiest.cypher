// name:       browse_riskiest
// purpose:    Which wallets did the last scoring run find riskiest, leaving out those that are attributed themselves?
// mode:       read
// parameters: limit INTEGER
// returns:    wallet STRING, score FLOAT, hop_score FLOAT, illicit_source_share FLOAT, illicit_destination_share FLOAT, in_value INTEGER, out_value INTEGER, run STRING
// complexity: every wallet looked at once, the best $limit kept
// index:      none
//
// In Neo4j Browser first set the parameter; values are in millionths of the reference currency:
//   :param limit => 25
CYPHER 25
MATCH (w:Wallet)
WHERE w.score IS NOT NULL AND w.category IS NULL
RETURN w.key AS wallet, w.score AS score, w.hop_score AS hop_score, w.illicit_source_share AS illicit_source_share,
  w.illicit_destination_share AS illicit_destination_share, w.in_value AS in_value, w.out_value AS out_value, w.run AS run
ORDER BY score DESC, hop_score DESC, wallet LIMIT $limit
