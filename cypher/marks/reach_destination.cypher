// name:       reach_destination
// purpose:    The wallets whose destination side can change because of marks: seeds whose outflow or category changed, and
//             what lies upstream of them, each with up to 3 of the seeds it was reached from.
// mode:       read
// parameters: keys LIST<STRING>, hops INTEGER, max_flows INTEGER
// returns:    levels LIST<INTEGER>, keys LIST<STRING>, seeds LIST<LIST>, stops LIST<BOOLEAN>, is_cut BOOLEAN
// complexity: at most 6 levels from the indexed seeds, each flow of a reached wallet read once a level; a level that would
//             pass $max_flows is not expanded and told as is_cut
// index:      wallet_key
//
// A change of outflow at v is felt within $hops - 1 flows upstream of v, as long as no stopping wallet is passed; a change
// of category at x is felt one flow further, and through x whatever x is.
CYPHER 25 replan=skip
CALL () {
  UNWIND $keys AS key
  MATCH (s:Stale&Wallet {key: key}) WHERE s.stale_out
  RETURN s AS wallet, s.key AS seed
  UNION ALL
  UNWIND $keys AS key
  MATCH (x:Stale&Wallet {key: key}) WHERE x.stale_category
  MATCH (x)<-[:FLOW|POOLED_OUT]-(m) WHERE m.withdrawn_at IS NULL
  OPTIONAL MATCH (m)<-[:POOLED_IN]-(z)
  WITH x, coalesce(z, m) AS y WHERE y <> x AND y:Wallet
  RETURN y AS wallet, x.key AS seed
}
WITH wallet, collect(DISTINCT seed)[0..3] AS seeds
WITH collect({wallet: wallet, seeds: seeds, flows: COUNT { (wallet)<-[:FLOW]-() }}) AS level_0
WITH *, reduce(n = 0, r IN level_0 | n + r.flows) AS spent_1
CALL (level_0, spent_1) {
  UNWIND CASE WHEN $hops > 1 AND spent_1 <= $max_flows THEN level_0 ELSE [] END AS r
  WITH r.wallet AS x, r.seeds AS seeds WHERE NOT (x:Illicit OR x:Service)
  MATCH (x)<-[:FLOW|POOLED_OUT]-(m) WHERE m.withdrawn_at IS NULL
  OPTIONAL MATCH (m)<-[:POOLED_IN]-(z)
  WITH x, seeds, coalesce(z, m) AS y WHERE y <> x AND y:Wallet
  UNWIND seeds AS seed
  WITH y, collect(DISTINCT seed)[0..3] AS seeds
  RETURN collect({wallet: y, seeds: seeds, flows: COUNT { (y)<-[:FLOW]-() }}) AS level_1
}
WITH *, spent_1 + reduce(n = 0, r IN level_1 | n + r.flows) AS spent_2
CALL (level_1, spent_2) {
  UNWIND CASE WHEN $hops > 2 AND spent_2 <= $max_flows THEN level_1 ELSE [] END AS r
  WITH r.wallet AS x, r.seeds AS seeds WHERE NOT (x:Illicit OR x:Service)
  MATCH (x)<-[:FLOW|POOLED_OUT]-(m) WHERE m.withdrawn_at IS NULL
  OPTIONAL MATCH (m)<-[:POOLED_IN]-(z)
  WITH x, seeds, coalesce(z, m) AS y WHERE y <> x AND y:Wallet
  UNWIND seeds AS seed
  WITH y, collect(DISTINCT seed)[0..3] AS seeds
  RETURN collect({wallet: y, seeds: seeds, flows: COUNT { (y)<-[:FLOW]-() }}) AS level_2
}
WITH *, spent_2 + reduce(n = 0, r IN level_2 | n + r.flows) AS spent_3
CALL (level_2, spent_3) {
  UNWIND CASE WHEN $hops > 3 AND spent_3 <= $max_flows THEN level_2 ELSE [] END AS r
  WITH r.wallet AS x, r.seeds AS seeds WHERE NOT (x:Illicit OR x:Service)
  MATCH (x)<-[:FLOW|POOLED_OUT]-(m) WHERE m.withdrawn_at IS NULL
  OPTIONAL MATCH (m)<-[:POOLED_IN]-(z)
  WITH x, seeds, coalesce(z, m) AS y WHERE y <> x AND y:Wallet
  UNWIND seeds AS seed
  WITH y, collect(DISTINCT seed)[0..3] AS seeds
  RETURN collect({wallet: y, seeds: seeds, flows: COUNT { (y)<-[:FLOW]-() }}) AS level_3
}
WITH *, spent_3 + reduce(n = 0, r IN level_3 | n + r.flows) AS spent_4
CALL (level_3, spent_4) {
  UNWIND CASE WHEN $hops > 4 AND spent_4 <= $max_flows THEN level_3 ELSE [] END AS r
  WITH r.wallet AS x, r.seeds AS seeds WHERE NOT (x:Illicit OR x:Service)
  MATCH (x)<-[:FLOW|POOLED_OUT]-(m) WHERE m.withdrawn_at IS NULL
  OPTIONAL MATCH (m)<-[:POOLED_IN]-(z)
  WITH x, seeds, coalesce(z, m) AS y WHERE y <> x AND y:Wallet
  UNWIND seeds AS seed
  WITH y, collect(DISTINCT seed)[0..3] AS seeds
  RETURN collect({wallet: y, seeds: seeds, flows: COUNT { (y)<-[:FLOW]-() }}) AS level_4
}
WITH *, spent_4 + reduce(n = 0, r IN level_4 | n + r.flows) AS spent_5
CALL (level_4, spent_5) {
  UNWIND CASE WHEN $hops > 5 AND spent_5 <= $max_flows THEN level_4 ELSE [] END AS r
  WITH r.wallet AS x, r.seeds AS seeds WHERE NOT (x:Illicit OR x:Service)
  MATCH (x)<-[:FLOW|POOLED_OUT]-(m) WHERE m.withdrawn_at IS NULL
  OPTIONAL MATCH (m)<-[:POOLED_IN]-(z)
  WITH x, seeds, coalesce(z, m) AS y WHERE y <> x AND y:Wallet
  UNWIND seeds AS seed
  WITH y, collect(DISTINCT seed)[0..3] AS seeds
  RETURN collect({wallet: y, seeds: seeds, flows: COUNT { (y)<-[:FLOW]-() }}) AS level_5
}
WITH [level_0, level_1, level_2, level_3, level_4, level_5] AS levels,
  ($hops > 1 AND spent_1 > $max_flows) OR ($hops > 2 AND spent_2 > $max_flows) OR ($hops > 3 AND spent_3 > $max_flows) OR ($hops > 4 AND spent_4 > $max_flows) OR ($hops > 5 AND spent_5 > $max_flows) AS is_cut
CALL (levels) {
  UNWIND range(0, 5) AS level
  UNWIND levels[level] AS r
  WITH r.wallet AS w, min(level) AS level, collect(r.seeds)[0] AS seeds
  RETURN collect({level: level, key: w.key, seeds: seeds, stops: w:Illicit OR w:Service}) AS rows
}
RETURN [r IN rows | r.level] AS levels, [r IN rows | r.key] AS keys, [r IN rows | r.seeds] AS seeds, [r IN rows | r.stops] AS stops, is_cut
