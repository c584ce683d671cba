// name:       reach_near
// purpose:    The wallets whose hop counts can change because of marks: neighbours of a wallet that gained or lost an
//             illicit neighbour, and all within 2 hops of a wallet that became or ceased to be illicit.
// mode:       read
// parameters: keys LIST<STRING>, max_flows INTEGER
// returns:    keys LIST<STRING>, seeds LIST<LIST>, is_cut BOOLEAN
// complexity: at most 2 undirected hops around the indexed seeds; beyond $max_flows the second is not expanded
// index:      wallet_key
CYPHER 25 replan=skip
CALL () {
  UNWIND $keys AS key
  MATCH (s:Stale&Wallet {key: key}) WHERE s.stale_near OR s.stale_illicit
  RETURN collect({wallet: s, seed: s.key, far: coalesce(s.stale_illicit, false)}) AS level_0
}
CALL (level_0) {
  UNWIND level_0 AS r
  WITH r.wallet AS x, r.seed AS seed, r.far AS far
  MATCH (x)-[e:FLOW|POOLED_IN|POOLED_OUT]-(m) WHERE m.withdrawn_at IS NULL
  OPTIONAL MATCH (m:Pool)-[p:POOLED_IN|POOLED_OUT]-(z) WHERE type(p) <> type(e)
  WITH x, seed, far, coalesce(z, m) AS y WHERE y <> x AND y:Wallet
  WITH y, collect(DISTINCT seed)[0..3] AS seeds, max(far) AS far
  RETURN collect({wallet: y, seeds: seeds, far: far}) AS level_1,
    sum(CASE WHEN far THEN COUNT { (y)-[:FLOW]-() } ELSE 0 END) AS spent
}
CALL (level_1, spent) {
  UNWIND CASE WHEN spent <= $max_flows THEN level_1 ELSE [] END AS r
  WITH r.wallet AS x, r.seeds AS seeds WHERE r.far
  MATCH (x)-[e:FLOW|POOLED_IN|POOLED_OUT]-(m) WHERE m.withdrawn_at IS NULL
  OPTIONAL MATCH (m:Pool)-[p:POOLED_IN|POOLED_OUT]-(z) WHERE type(p) <> type(e)
  WITH x, seeds, coalesce(z, m) AS y WHERE y <> x AND y:Wallet
  UNWIND seeds AS seed
  WITH y, collect(DISTINCT seed)[0..3] AS seeds
  RETURN collect({wallet: y, seeds: seeds}) AS level_2
}
WITH [level_1, level_2] AS levels, spent > $max_flows AS is_cut
CALL (levels) {
  UNWIND levels AS level
  UNWIND level AS r
  WITH r.wallet AS w, collect(r.seeds)[0] AS seeds
  RETURN collect({key: w.key, seeds: seeds}) AS rows
}
RETURN [r IN rows | r.key] AS keys, [r IN rows | r.seeds] AS seeds, is_cut
