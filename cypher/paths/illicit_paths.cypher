// name:       illicit_paths
// purpose:    The paths by which most of a wallet's illicit inflow came, over at most 3 hops, largest share first.
// mode:       read
// parameters: key STRING, limit INTEGER
// returns:    wallets LIST<STRING>, actor STRING, category STRING, share FLOAT
// complexity: <= 3 hops inward from one indexed wallet; worst case fan-in^3, capped by $limit
// index:      wallet_key
CYPHER 25
MATCH (w:Wallet {key: $key})
CALL (w) {
  MATCH (s:Illicit)-[f:FLOW]->(w) WHERE s <> w
  RETURN s, [s.key, w.key] AS wallets, toFloat(f.value) / w.in_value AS share
  UNION ALL
  MATCH (m:Wallet)-[g:FLOW]->(w) WHERE m <> w AND NOT (m:Illicit OR m:Service)
  MATCH (s:Illicit)-[f:FLOW]->(m)
  RETURN s, [s.key, m.key, w.key] AS wallets, toFloat(g.value) / w.in_value * f.value / m.in_value AS share
  UNION ALL
  MATCH (n:Wallet)-[h:FLOW]->(w) WHERE n <> w AND NOT (n:Illicit OR n:Service)
  MATCH (m:Wallet)-[g:FLOW]->(n) WHERE m <> n AND NOT (m:Illicit OR m:Service)
  MATCH (s:Illicit)-[f:FLOW]->(m)
  RETURN s, [s.key, m.key, n.key, w.key] AS wallets,
    toFloat(h.value) / w.in_value * g.value / n.in_value * f.value / m.in_value AS share
}
RETURN wallets, s.actor AS actor, s.category AS category, share
ORDER BY share DESC, wallets LIMIT $limit
