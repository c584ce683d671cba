// name:       exposure_destination
// purpose:    Where the value of the start wallets went to, hop by hop: shares by category and by residual.
// mode:       read
// parameters: starts LIST<MAP>, start_stops BOOLEAN, hops INTEGER, passing LIST<STRING>, dust FLOAT, max_flows INTEGER
// returns:    id STRING, level INTEGER, reason STRING, category STRING, actor STRING, attribution STRING, share FLOAT, passed FLOAT, later INTEGER, revisits INTEGER, in_value INTEGER, out_value INTEGER, watermark INTEGER
// complexity: at most 6 levels outward from the indexed wallets of each start, each flow of a reached wallet read once
//             a level; a level that would pass $max_flows is not expanded and its share is told as limit
// index:      wallet_key, counter_name
//
// A start is an id, wallets with their mass, a time `as_of` (microseconds since 1970, or null) and `own` keys. With
// start_stops an attributed start wallet is where tracing stops (a payment's party), without it tracing starts there
// whatever it is (a wallet's own exposure). `clean` is the mass that has not met a pass-through wallet yet. `later` counts flows with money after as_of, `revisits` flows out of own: where
// one of them is above 0, the answer at as_of without the payment itself needs the transactions.
CYPHER 25 replan=skip
MATCH (c:Counter {name: 'graph'})
WITH c.seq AS watermark
UNWIND $starts AS start
WITH watermark, start, CASE WHEN start.as_of IS NOT NULL
  THEN datetime.fromepoch((start.as_of + 62135596800000000) / 1000000 - 62135596800, (start.as_of + 62135596800000000) % 1000000 * 1000) END AS as_of
CALL (start, as_of) {
  UNWIND start.wallets AS s
  MATCH (x:Wallet {key: s.key})
  WITH x, s.mass AS mass, $start_stops AND (x:Illicit OR x:Service) AS stops,
    $start_stops AND coalesce(x.category IN $passing, false) AS passes
  WITH x, mass, stops, passes, NOT stops AND x.out_value > 0 AND $hops > 0 AS open
  WITH collect({
    wallet: x, level: 0, mass: mass, stops: stops, open: open, later: 0, revisits: 0,
    clean: CASE WHEN passes THEN 0.0 ELSE mass END, passed: CASE WHEN passes THEN mass ELSE 0.0 END,
    flows: CASE WHEN open THEN COUNT { (x)-[:FLOW]->() } ELSE 0 END
  }) AS level_0
  WITH *, reduce(n = 0, r IN level_0 | n + r.flows) AS spent_1
  CALL (start, as_of, level_0, spent_1) {
    UNWIND CASE WHEN spent_1 <= $max_flows THEN level_0 ELSE [] END AS r
    WITH r.wallet AS v, r.mass AS mass, r.clean AS clean WHERE r.open
    MATCH (v)-[f:FLOW]->(u) WHERE u <> v
    WITH CASE WHEN f.value >= $dust * v.out_value THEN u END AS x,
      sum(mass * f.value / v.out_value) AS mass, sum(clean * f.value / v.out_value) AS clean,
      sum(CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END) AS later,
      sum(CASE WHEN v.key IN start.own THEN 1 ELSE 0 END) AS revisits
    WITH *, coalesce(x:Illicit OR x:Service, true) AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND x.out_value > 0 AND $hops > 1 AS open
    RETURN collect({
      wallet: x, level: 1, mass: mass, stops: stops, open: open, later: later, revisits: revisits,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:FLOW]->() } ELSE 0 END
    }) AS level_1
  }
  WITH *, spent_1 + reduce(n = 0, r IN level_1 | n + r.flows) AS spent_2
  CALL (start, as_of, level_1, spent_2) {
    UNWIND CASE WHEN spent_2 <= $max_flows THEN level_1 ELSE [] END AS r
    WITH r.wallet AS v, r.mass AS mass, r.clean AS clean WHERE r.open
    MATCH (v)-[f:FLOW]->(u) WHERE u <> v
    WITH CASE WHEN f.value >= $dust * v.out_value THEN u END AS x,
      sum(mass * f.value / v.out_value) AS mass, sum(clean * f.value / v.out_value) AS clean,
      sum(CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END) AS later,
      sum(CASE WHEN v.key IN start.own THEN 1 ELSE 0 END) AS revisits
    WITH *, coalesce(x:Illicit OR x:Service, true) AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND x.out_value > 0 AND $hops > 2 AS open
    RETURN collect({
      wallet: x, level: 2, mass: mass, stops: stops, open: open, later: later, revisits: revisits,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:FLOW]->() } ELSE 0 END
    }) AS level_2
  }
  WITH *, spent_2 + reduce(n = 0, r IN level_2 | n + r.flows) AS spent_3
  CALL (start, as_of, level_2, spent_3) {
    UNWIND CASE WHEN spent_3 <= $max_flows THEN level_2 ELSE [] END AS r
    WITH r.wallet AS v, r.mass AS mass, r.clean AS clean WHERE r.open
    MATCH (v)-[f:FLOW]->(u) WHERE u <> v
    WITH CASE WHEN f.value >= $dust * v.out_value THEN u END AS x,
      sum(mass * f.value / v.out_value) AS mass, sum(clean * f.value / v.out_value) AS clean,
      sum(CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END) AS later,
      sum(CASE WHEN v.key IN start.own THEN 1 ELSE 0 END) AS revisits
    WITH *, coalesce(x:Illicit OR x:Service, true) AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND x.out_value > 0 AND $hops > 3 AS open
    RETURN collect({
      wallet: x, level: 3, mass: mass, stops: stops, open: open, later: later, revisits: revisits,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:FLOW]->() } ELSE 0 END
    }) AS level_3
  }
  WITH *, spent_3 + reduce(n = 0, r IN level_3 | n + r.flows) AS spent_4
  CALL (start, as_of, level_3, spent_4) {
    UNWIND CASE WHEN spent_4 <= $max_flows THEN level_3 ELSE [] END AS r
    WITH r.wallet AS v, r.mass AS mass, r.clean AS clean WHERE r.open
    MATCH (v)-[f:FLOW]->(u) WHERE u <> v
    WITH CASE WHEN f.value >= $dust * v.out_value THEN u END AS x,
      sum(mass * f.value / v.out_value) AS mass, sum(clean * f.value / v.out_value) AS clean,
      sum(CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END) AS later,
      sum(CASE WHEN v.key IN start.own THEN 1 ELSE 0 END) AS revisits
    WITH *, coalesce(x:Illicit OR x:Service, true) AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND x.out_value > 0 AND $hops > 4 AS open
    RETURN collect({
      wallet: x, level: 4, mass: mass, stops: stops, open: open, later: later, revisits: revisits,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:FLOW]->() } ELSE 0 END
    }) AS level_4
  }
  WITH *, spent_4 + reduce(n = 0, r IN level_4 | n + r.flows) AS spent_5
  CALL (start, as_of, level_4, spent_5) {
    UNWIND CASE WHEN spent_5 <= $max_flows THEN level_4 ELSE [] END AS r
    WITH r.wallet AS v, r.mass AS mass, r.clean AS clean WHERE r.open
    MATCH (v)-[f:FLOW]->(u) WHERE u <> v
    WITH CASE WHEN f.value >= $dust * v.out_value THEN u END AS x,
      sum(mass * f.value / v.out_value) AS mass, sum(clean * f.value / v.out_value) AS clean,
      sum(CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END) AS later,
      sum(CASE WHEN v.key IN start.own THEN 1 ELSE 0 END) AS revisits
    WITH *, coalesce(x:Illicit OR x:Service, true) AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND x.out_value > 0 AND $hops > 5 AS open
    RETURN collect({
      wallet: x, level: 5, mass: mass, stops: stops, open: open, later: later, revisits: revisits,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:FLOW]->() } ELSE 0 END
    }) AS level_5
  }
  WITH *, spent_5 + reduce(n = 0, r IN level_5 | n + r.flows) AS spent_6
  CALL (start, as_of, level_5, spent_6) {
    UNWIND CASE WHEN spent_6 <= $max_flows THEN level_5 ELSE [] END AS r
    WITH r.wallet AS v, r.mass AS mass, r.clean AS clean WHERE r.open
    MATCH (v)-[f:FLOW]->(u) WHERE u <> v
    WITH CASE WHEN f.value >= $dust * v.out_value THEN u END AS x,
      sum(mass * f.value / v.out_value) AS mass, sum(clean * f.value / v.out_value) AS clean,
      sum(CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END) AS later,
      sum(CASE WHEN v.key IN start.own THEN 1 ELSE 0 END) AS revisits
    WITH *, coalesce(x:Illicit OR x:Service, true) AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND x.out_value > 0 AND $hops > 6 AS open
    RETURN collect({
      wallet: x, level: 6, mass: mass, stops: stops, open: open, later: later, revisits: revisits,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:FLOW]->() } ELSE 0 END
    }) AS level_6
  }
  WITH level_0 + level_1 + level_2 + level_3 + level_4 + level_5 + level_6 AS reached,
    size([spent IN [spent_1, spent_2, spent_3, spent_4, spent_5, spent_6] WHERE spent <= $max_flows]) AS expanded
  UNWIND reached AS r
  WITH r, r.wallet AS x, CASE
      WHEN r.open AND r.level < expanded THEN 'followed'
      WHEN r.open THEN 'limit'
      WHEN r.wallet IS NULL THEN 'dust'
      WHEN r.stops THEN 'category'
      WHEN r.level = $hops THEN 'hop_limit'
      ELSE 'unspent'
    END AS reason
  WITH r, x, reason, CASE WHEN reason = 'category' THEN x END AS named
  RETURN r.level AS level, reason, named.category AS category, named.actor AS actor, named.attribution AS attribution,
    sum(r.mass) AS share, sum(r.passed) AS passed, sum(r.later) AS later, sum(r.revisits) AS revisits,
    sum(CASE WHEN r.level = 0 THEN x.in_value END) AS in_value,
      sum(CASE WHEN r.level = 0 THEN x.out_value END) AS out_value
}
RETURN start.id AS id, level, reason, category, actor, attribution, share, passed,
  later, revisits, in_value, out_value, watermark
ORDER BY id, level, reason, category, actor, attribution
