// name:       exposure_source_as_of
// purpose:    exposure_source over the transactions up to a time, one of them left out: what a payment's signals see.
// mode:       read
// parameters: starts LIST<MAP>, hops INTEGER, passing LIST<STRING>, max_flows INTEGER
// returns:    id STRING, level INTEGER, reason STRING, category STRING, actor STRING, attribution STRING, share FLOAT, passed FLOAT, watermark INTEGER
// complexity: at most 5 levels inward from the indexed wallets of each start, each transaction of a reached wallet
//             read once a level; a level that would pass $max_flows transactions is not expanded and its share is told as limit
// index:      wallet_key, counter_name
//
// A transaction of several parties keeps the value of each pair in `splits`, output by output, input by input.
CYPHER 25 replan=skip
MATCH (c:Counter {name: 'graph'})
WITH c.seq AS watermark
UNWIND $starts AS start
WITH watermark, start, CASE WHEN start.as_of IS NOT NULL
  THEN datetime.fromepoch((start.as_of + 62135596800000000) / 1000000 - 62135596800, (start.as_of + 62135596800000000) % 1000000 * 1000) END AS as_of
CALL (start, as_of) {
  UNWIND start.wallets AS s
  MATCH (x:Wallet {key: s.key})
  WITH x, s.mass AS mass, x:Illicit OR x:Service AS stops, coalesce(x.category IN $passing, false) AS passes
  WITH x, mass, stops, passes, NOT stops AND $hops > 0 AS open
  WITH collect({
    wallet: x, level: 0, mass: mass, stops: stops, open: open,
    clean: CASE WHEN passes THEN 0.0 ELSE mass END, passed: CASE WHEN passes THEN mass ELSE 0.0 END,
    flows: CASE WHEN open THEN COUNT { (x)<-[:TO]-() } ELSE 0 END
  }) AS level_0
  WITH *, reduce(n = 0, r IN level_0 | n + r.flows) AS spent_1
  CALL (start, as_of, level_0, spent_1) {
    UNWIND CASE WHEN spent_1 <= $max_flows THEN level_0 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (u:Wallet)-[s:SENT]->(t:Transaction)-[o:TO]->(v)
      WHERE u <> v AND t.at <= as_of AND t.key <> start.id AND t.withdrawn_at IS NULL
      WITH u, sum(CASE WHEN t.splits IS NULL THEN t.value
        ELSE t.splits[o.position * t.inputs + s.position] END) AS value
      WITH u, value WHERE value > 0
      RETURN collect({wallet: u, value: value}) AS parts, sum(value) AS total
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, total: total}) AS opened_1
  }
  CALL (opened_1) {
    UNWIND opened_1 AS e
    UNWIND e.parts AS part
    WITH part.wallet AS x, sum(e.mass * part.value / e.total) AS mass, sum(e.clean * part.value / e.total) AS clean
    WITH *, x:Illicit OR x:Service AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND $hops > 1 AS open
    RETURN collect({
      wallet: x, level: 1, mass: mass, stops: stops, open: open,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:TO]-() } ELSE 0 END
    }) AS level_1
  }
  WITH *, spent_1 + reduce(n = 0, r IN level_1 | n + r.flows) AS spent_2
  CALL (start, as_of, level_1, spent_2) {
    UNWIND CASE WHEN spent_2 <= $max_flows THEN level_1 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (u:Wallet)-[s:SENT]->(t:Transaction)-[o:TO]->(v)
      WHERE u <> v AND t.at <= as_of AND t.key <> start.id AND t.withdrawn_at IS NULL
      WITH u, sum(CASE WHEN t.splits IS NULL THEN t.value
        ELSE t.splits[o.position * t.inputs + s.position] END) AS value
      WITH u, value WHERE value > 0
      RETURN collect({wallet: u, value: value}) AS parts, sum(value) AS total
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, total: total}) AS opened_2
  }
  CALL (opened_2) {
    UNWIND opened_2 AS e
    UNWIND e.parts AS part
    WITH part.wallet AS x, sum(e.mass * part.value / e.total) AS mass, sum(e.clean * part.value / e.total) AS clean
    WITH *, x:Illicit OR x:Service AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND $hops > 2 AS open
    RETURN collect({
      wallet: x, level: 2, mass: mass, stops: stops, open: open,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:TO]-() } ELSE 0 END
    }) AS level_2
  }
  WITH *, spent_2 + reduce(n = 0, r IN level_2 | n + r.flows) AS spent_3
  CALL (start, as_of, level_2, spent_3) {
    UNWIND CASE WHEN spent_3 <= $max_flows THEN level_2 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (u:Wallet)-[s:SENT]->(t:Transaction)-[o:TO]->(v)
      WHERE u <> v AND t.at <= as_of AND t.key <> start.id AND t.withdrawn_at IS NULL
      WITH u, sum(CASE WHEN t.splits IS NULL THEN t.value
        ELSE t.splits[o.position * t.inputs + s.position] END) AS value
      WITH u, value WHERE value > 0
      RETURN collect({wallet: u, value: value}) AS parts, sum(value) AS total
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, total: total}) AS opened_3
  }
  CALL (opened_3) {
    UNWIND opened_3 AS e
    UNWIND e.parts AS part
    WITH part.wallet AS x, sum(e.mass * part.value / e.total) AS mass, sum(e.clean * part.value / e.total) AS clean
    WITH *, x:Illicit OR x:Service AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND $hops > 3 AS open
    RETURN collect({
      wallet: x, level: 3, mass: mass, stops: stops, open: open,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:TO]-() } ELSE 0 END
    }) AS level_3
  }
  WITH *, spent_3 + reduce(n = 0, r IN level_3 | n + r.flows) AS spent_4
  CALL (start, as_of, level_3, spent_4) {
    UNWIND CASE WHEN spent_4 <= $max_flows THEN level_3 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (u:Wallet)-[s:SENT]->(t:Transaction)-[o:TO]->(v)
      WHERE u <> v AND t.at <= as_of AND t.key <> start.id AND t.withdrawn_at IS NULL
      WITH u, sum(CASE WHEN t.splits IS NULL THEN t.value
        ELSE t.splits[o.position * t.inputs + s.position] END) AS value
      WITH u, value WHERE value > 0
      RETURN collect({wallet: u, value: value}) AS parts, sum(value) AS total
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, total: total}) AS opened_4
  }
  CALL (opened_4) {
    UNWIND opened_4 AS e
    UNWIND e.parts AS part
    WITH part.wallet AS x, sum(e.mass * part.value / e.total) AS mass, sum(e.clean * part.value / e.total) AS clean
    WITH *, x:Illicit OR x:Service AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND $hops > 4 AS open
    RETURN collect({
      wallet: x, level: 4, mass: mass, stops: stops, open: open,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:TO]-() } ELSE 0 END
    }) AS level_4
  }
  WITH *, spent_4 + reduce(n = 0, r IN level_4 | n + r.flows) AS spent_5
  CALL (start, as_of, level_4, spent_5) {
    UNWIND CASE WHEN spent_5 <= $max_flows THEN level_4 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (u:Wallet)-[s:SENT]->(t:Transaction)-[o:TO]->(v)
      WHERE u <> v AND t.at <= as_of AND t.key <> start.id AND t.withdrawn_at IS NULL
      WITH u, sum(CASE WHEN t.splits IS NULL THEN t.value
        ELSE t.splits[o.position * t.inputs + s.position] END) AS value
      WITH u, value WHERE value > 0
      RETURN collect({wallet: u, value: value}) AS parts, sum(value) AS total
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, total: total}) AS opened_5
  }
  CALL (opened_5) {
    UNWIND opened_5 AS e
    UNWIND e.parts AS part
    WITH part.wallet AS x, sum(e.mass * part.value / e.total) AS mass, sum(e.clean * part.value / e.total) AS clean
    WITH *, x:Illicit OR x:Service AS stops, coalesce(x.category IN $passing, false) AS passes
    WITH *, NOT stops AND $hops > 5 AS open
    RETURN collect({
      wallet: x, level: 5, mass: mass, stops: stops, open: open,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:TO]-() } ELSE 0 END
    }) AS level_5
  }
  WITH level_0 + level_1 + level_2 + level_3 + level_4 + level_5 AS reached,
    [opened_1, opened_2, opened_3, opened_4, opened_5] AS opened,
    size([spent IN [spent_1, spent_2, spent_3, spent_4, spent_5] WHERE spent <= $max_flows]) AS expanded
  CALL (reached, opened, expanded) {
    UNWIND reached AS r
    RETURN r.level AS level, r.wallet AS x, r.mass AS share, r.passed AS passed, CASE
        WHEN r.open AND r.level < expanded THEN 'followed'
        WHEN r.open THEN 'limit'
        WHEN r.stops THEN 'category'
        ELSE 'hop_limit'
      END AS reason
    UNION ALL
    UNWIND range(0, 4) AS level
    UNWIND opened[level] AS e
    WITH level, e WHERE e.total = 0
    RETURN level, e.wallet AS x, e.mass AS share, 0.0 AS passed, 'origin' AS reason
  }
  WITH level, reason, share, passed, CASE WHEN reason = 'category' THEN x END AS named
  RETURN level, reason, named.category AS category, named.actor AS actor, named.attribution AS attribution,
    sum(share) AS share, sum(passed) AS passed
}
RETURN start.id AS id, level, reason, category, actor, attribution, share, passed, watermark
ORDER BY id, level, reason, category, actor, attribution
