// name:       exposure_source
// purpose:    Where the value of the start wallets came from, hop by hop: shares by category and by residual.
// mode:       read
// parameters: starts LIST<MAP>, start_stops BOOLEAN, hops INTEGER, passing LIST<STRING>, dust FLOAT, pool_above INTEGER, hub_counterparties INTEGER, places INTEGER, max_flows INTEGER
// returns:    rows LIST<MAP>
// complexity: at most 6 levels inward from the indexed wallets of each start, each flow of a reached wallet read once
//             a level; a level that would pass $max_flows is not expanded and its share is told as limit
// index:      wallet_key, counter_name, attribution_id
//
// A start is an id, wallets with their mass, a time `as_of` (microseconds since 1970; 9999-12-31 is no bound) and `own` keys.
// With start_stops an attributed start wallet is where tracing stops (a payment's party), without it tracing starts there
// whatever it is (a wallet's own exposure). `clean` is the mass that has not met a pass-through wallet yet. `later` counts
// flows with money after as_of, `revisits` flows into own: where one of them is above 0, the answer at as_of without the
// payment itself needs the transactions. A pool is one hop between its sides; what a wallet paid itself there is left out,
// and its leg at a wallet is one flow where dust is judged. Tracing stops at an unattributed wallet of more than $pool_above
// counterparties (below 0: never). The $places largest stops come with their wallet, the others are summed, as all are at
// 0; a wallet passed that has more than $hub_counterparties comes for itself. `wallets` counts what a row sums, `flows` those
// of the levels expanded and of the first that was not. A wallet's transactions are at least its counterparties, and cheaper to know.
// `total` is read once, where a wallet is opened: read again later, a withdrawal could have left nothing to divide by.
// All rows come as one record: reading records is what a batch of payments would wait for.
// Levels beyond the second are gone into only where something is open there: within three hops of a payment nothing is.
CYPHER 25 replan=skip
MATCH (c:Counter {name: 'graph'})
WITH c.seq AS watermark, COUNT { (:Pool) } > 0 AS has_pools
UNWIND $starts AS start
WITH watermark, has_pools, start, CASE WHEN start.as_of < 253402214400000000
  THEN datetime.fromepoch((start.as_of + 62135596800000000) / 1000000 - 62135596800, (start.as_of + 62135596800000000) % 1000000 * 1000) END AS as_of
CALL (start, as_of, has_pools) {
  UNWIND start.wallets AS s
  MATCH (x:Wallet {key: s.key})
  WITH x, s.mass AS mass, $start_stops AND (x:Illicit OR x:Service) AS stops,
    $start_stops AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
  WITH x, mass, stops, passes, total, NOT stops AND total > 0 AND $hops > 0 AS open
  WITH collect({
    wallet: x, level: 0, mass: mass, total: total, is_dust: false, stops: stops, pooled: false, open: open, later: 0, revisits: 0,
    clean: CASE WHEN passes THEN 0.0 ELSE mass END, passed: CASE WHEN passes THEN mass ELSE 0.0 END,
    flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
  }) AS level_0
  CALL (start, as_of, has_pools, level_0) {
    UNWIND CASE WHEN has_pools THEN level_0 ELSE [] END AS r
    WITH r.wallet AS v, r WHERE r.open
    MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
    WHERE t.withdrawn_at IS NULL AND o.net > 0
    WITH t, collect({
      wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
      mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
    }) AS legs
    RETURN collect({pool: t, legs: legs}) AS pools_0, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_0
  }
  WITH *, pooled_0 + reduce(n = 0, r IN level_0 | n + r.flows) AS spent_1
  CALL (start, as_of, has_pools, level_0, pools_0, spent_1) {
    CALL (start, as_of, level_0, pools_0, spent_1) {
      UNWIND CASE WHEN spent_1 <= $max_flows THEN level_0 ELSE [] END AS r
      WITH r WHERE r.open
      WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean,
        $dust * r.total AS dust, CASE WHEN $start_stops AND r.wallet.key IN start.own THEN 1 ELSE 0 END AS revisits
      MATCH (u)-[f:FLOW]->(v) WHERE u <> v
      WITH u, v, mass, clean, revisits, f, f.value AS value, f.value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean,
        CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END AS later, revisits
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
      UNION ALL
      UNWIND CASE WHEN spent_1 <= $max_flows THEN pools_0 ELSE [] END AS p
      WITH p.pool AS t, [leg IN p.legs WHERE NOT leg.is_dust] AS legs
      WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass * leg.part) AS mass,
        reduce(n = 0.0, leg IN legs | n + leg.clean * leg.part) AS clean
      MATCH (u)-[i:POOLED_IN]->(t)
      WITH u AS x, t, i.value AS value,
        CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass * leg.part END) END AS mass,
        CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean * leg.part END) END AS clean
      WHERE mass > 0.0
      RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean,
        CASE WHEN as_of IS NOT NULL AND t.at > as_of THEN 1 ELSE 0 END AS later,
        CASE WHEN t.key = start.id THEN 1 ELSE 0 END AS revisits
      UNION ALL
      UNWIND CASE WHEN spent_1 <= $max_flows THEN pools_0 ELSE [] END AS p
      UNWIND p.legs AS leg
      WITH leg WHERE leg.is_dust
      RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean,
        0 AS later, 0 AS revisits
    }
    WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
    WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
    WITH *, CASE WHEN $pool_above < 0 OR stops OR x.category IS NOT NULL THEN false ELSE CASE WHEN has_pools THEN COUNT {
      MATCH (x)-[:FLOW]->(u) WHERE u <> x RETURN u
      UNION
      MATCH (x)-[:POOLED_IN]->(t)-[:POOLED_OUT]->(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
    } + COUNT {
      MATCH (x)<-[:FLOW]-(u) WHERE u <> x RETURN u
      UNION
      MATCH (x)<-[:POOLED_OUT]-(t)<-[:POOLED_IN]-(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
    } ELSE COUNT { (x)-[:FLOW]->() } + COUNT { (x)<-[:FLOW]-() } - 2 * COUNT { (x)-[:FLOW]->(x) } END > $pool_above END AS pooled
    WITH *, NOT stops AND NOT pooled AND total > 0 AND $hops > 1 AS open
    RETURN collect({
      wallet: x, level: 1, mass: mass, total: total, is_dust: is_dust, stops: stops, pooled: pooled, open: open, later: later, revisits: revisits,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
    }) AS level_1
  }
  CALL (start, as_of, has_pools, level_1) {
    UNWIND CASE WHEN has_pools THEN level_1 ELSE [] END AS r
    WITH r.wallet AS v, r WHERE r.open
    MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
    WHERE t.withdrawn_at IS NULL AND o.net > 0
    WITH t, collect({
      wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
      mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
    }) AS legs
    RETURN collect({pool: t, legs: legs}) AS pools_1, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_1
  }
  WITH *, spent_1 + pooled_1 + reduce(n = 0, r IN level_1 | n + r.flows) AS spent_2
  CALL (start, as_of, has_pools, level_1, pools_1, spent_2) {
    CALL (start, as_of, level_1, pools_1, spent_2) {
      UNWIND CASE WHEN spent_2 <= $max_flows THEN level_1 ELSE [] END AS r
      WITH r WHERE r.open
      WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean,
        $dust * r.total AS dust, CASE WHEN $start_stops AND r.wallet.key IN start.own THEN 1 ELSE 0 END AS revisits
      MATCH (u)-[f:FLOW]->(v) WHERE u <> v
      WITH u, v, mass, clean, revisits, f, f.value AS value, f.value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean,
        CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END AS later, revisits
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
      UNION ALL
      UNWIND CASE WHEN spent_2 <= $max_flows THEN pools_1 ELSE [] END AS p
      WITH p.pool AS t, [leg IN p.legs WHERE NOT leg.is_dust] AS legs
      WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass * leg.part) AS mass,
        reduce(n = 0.0, leg IN legs | n + leg.clean * leg.part) AS clean
      MATCH (u)-[i:POOLED_IN]->(t)
      WITH u AS x, t, i.value AS value,
        CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass * leg.part END) END AS mass,
        CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean * leg.part END) END AS clean
      WHERE mass > 0.0
      RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean,
        CASE WHEN as_of IS NOT NULL AND t.at > as_of THEN 1 ELSE 0 END AS later,
        CASE WHEN t.key = start.id THEN 1 ELSE 0 END AS revisits
      UNION ALL
      UNWIND CASE WHEN spent_2 <= $max_flows THEN pools_1 ELSE [] END AS p
      UNWIND p.legs AS leg
      WITH leg WHERE leg.is_dust
      RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean,
        0 AS later, 0 AS revisits
    }
    WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
    WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
    WITH *, CASE WHEN $pool_above < 0 OR stops OR x.category IS NOT NULL THEN false ELSE CASE WHEN has_pools THEN COUNT {
      MATCH (x)-[:FLOW]->(u) WHERE u <> x RETURN u
      UNION
      MATCH (x)-[:POOLED_IN]->(t)-[:POOLED_OUT]->(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
    } + COUNT {
      MATCH (x)<-[:FLOW]-(u) WHERE u <> x RETURN u
      UNION
      MATCH (x)<-[:POOLED_OUT]-(t)<-[:POOLED_IN]-(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
    } ELSE COUNT { (x)-[:FLOW]->() } + COUNT { (x)<-[:FLOW]-() } - 2 * COUNT { (x)-[:FLOW]->(x) } END > $pool_above END AS pooled
    WITH *, NOT stops AND NOT pooled AND total > 0 AND $hops > 2 AS open
    RETURN collect({
      wallet: x, level: 2, mass: mass, total: total, is_dust: is_dust, stops: stops, pooled: pooled, open: open, later: later, revisits: revisits,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
    }) AS level_2
  }
  CALL (start, as_of, has_pools, level_2, spent_2) {
    WITH level_2 WHERE size([r IN level_2 WHERE r.open]) > 0
    CALL (start, as_of, has_pools, level_2) {
      UNWIND CASE WHEN has_pools THEN level_2 ELSE [] END AS r
      WITH r.wallet AS v, r WHERE r.open
      MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
      WHERE t.withdrawn_at IS NULL AND o.net > 0
      WITH t, collect({
        wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
        mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
      }) AS legs
      RETURN collect({pool: t, legs: legs}) AS pools_2, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_2
    }
    WITH *, spent_2 + pooled_2 + reduce(n = 0, r IN level_2 | n + r.flows) AS spent_3
    CALL (start, as_of, has_pools, level_2, pools_2, spent_3) {
      CALL (start, as_of, level_2, pools_2, spent_3) {
        UNWIND CASE WHEN spent_3 <= $max_flows THEN level_2 ELSE [] END AS r
        WITH r WHERE r.open
        WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean,
          $dust * r.total AS dust, CASE WHEN $start_stops AND r.wallet.key IN start.own THEN 1 ELSE 0 END AS revisits
        MATCH (u)-[f:FLOW]->(v) WHERE u <> v
        WITH u, v, mass, clean, revisits, f, f.value AS value, f.value < dust AS is_dust
        WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean,
          CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END AS later, revisits
        RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
        UNION ALL
        UNWIND CASE WHEN spent_3 <= $max_flows THEN pools_2 ELSE [] END AS p
        WITH p.pool AS t, [leg IN p.legs WHERE NOT leg.is_dust] AS legs
        WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass * leg.part) AS mass,
          reduce(n = 0.0, leg IN legs | n + leg.clean * leg.part) AS clean
        MATCH (u)-[i:POOLED_IN]->(t)
        WITH u AS x, t, i.value AS value,
          CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass * leg.part END) END AS mass,
          CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean * leg.part END) END AS clean
        WHERE mass > 0.0
        RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean,
          CASE WHEN as_of IS NOT NULL AND t.at > as_of THEN 1 ELSE 0 END AS later,
          CASE WHEN t.key = start.id THEN 1 ELSE 0 END AS revisits
        UNION ALL
        UNWIND CASE WHEN spent_3 <= $max_flows THEN pools_2 ELSE [] END AS p
        UNWIND p.legs AS leg
        WITH leg WHERE leg.is_dust
        RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean,
          0 AS later, 0 AS revisits
      }
      WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
      WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
      WITH *, CASE WHEN $pool_above < 0 OR stops OR x.category IS NOT NULL THEN false ELSE CASE WHEN has_pools THEN COUNT {
        MATCH (x)-[:FLOW]->(u) WHERE u <> x RETURN u
        UNION
        MATCH (x)-[:POOLED_IN]->(t)-[:POOLED_OUT]->(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
      } + COUNT {
        MATCH (x)<-[:FLOW]-(u) WHERE u <> x RETURN u
        UNION
        MATCH (x)<-[:POOLED_OUT]-(t)<-[:POOLED_IN]-(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
      } ELSE COUNT { (x)-[:FLOW]->() } + COUNT { (x)<-[:FLOW]-() } - 2 * COUNT { (x)-[:FLOW]->(x) } END > $pool_above END AS pooled
      WITH *, NOT stops AND NOT pooled AND total > 0 AND $hops > 3 AS open
      RETURN collect({
        wallet: x, level: 3, mass: mass, total: total, is_dust: is_dust, stops: stops, pooled: pooled, open: open, later: later, revisits: revisits,
        clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
        flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
      }) AS level_3
    }
    CALL (start, as_of, has_pools, level_3) {
      UNWIND CASE WHEN has_pools THEN level_3 ELSE [] END AS r
      WITH r.wallet AS v, r WHERE r.open
      MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
      WHERE t.withdrawn_at IS NULL AND o.net > 0
      WITH t, collect({
        wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
        mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
      }) AS legs
      RETURN collect({pool: t, legs: legs}) AS pools_3, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_3
    }
    WITH *, spent_3 + pooled_3 + reduce(n = 0, r IN level_3 | n + r.flows) AS spent_4
    CALL (start, as_of, has_pools, level_3, pools_3, spent_4) {
      CALL (start, as_of, level_3, pools_3, spent_4) {
        UNWIND CASE WHEN spent_4 <= $max_flows THEN level_3 ELSE [] END AS r
        WITH r WHERE r.open
        WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean,
          $dust * r.total AS dust, CASE WHEN $start_stops AND r.wallet.key IN start.own THEN 1 ELSE 0 END AS revisits
        MATCH (u)-[f:FLOW]->(v) WHERE u <> v
        WITH u, v, mass, clean, revisits, f, f.value AS value, f.value < dust AS is_dust
        WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean,
          CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END AS later, revisits
        RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
        UNION ALL
        UNWIND CASE WHEN spent_4 <= $max_flows THEN pools_3 ELSE [] END AS p
        WITH p.pool AS t, [leg IN p.legs WHERE NOT leg.is_dust] AS legs
        WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass * leg.part) AS mass,
          reduce(n = 0.0, leg IN legs | n + leg.clean * leg.part) AS clean
        MATCH (u)-[i:POOLED_IN]->(t)
        WITH u AS x, t, i.value AS value,
          CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass * leg.part END) END AS mass,
          CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean * leg.part END) END AS clean
        WHERE mass > 0.0
        RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean,
          CASE WHEN as_of IS NOT NULL AND t.at > as_of THEN 1 ELSE 0 END AS later,
          CASE WHEN t.key = start.id THEN 1 ELSE 0 END AS revisits
        UNION ALL
        UNWIND CASE WHEN spent_4 <= $max_flows THEN pools_3 ELSE [] END AS p
        UNWIND p.legs AS leg
        WITH leg WHERE leg.is_dust
        RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean,
          0 AS later, 0 AS revisits
      }
      WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
      WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
      WITH *, CASE WHEN $pool_above < 0 OR stops OR x.category IS NOT NULL THEN false ELSE CASE WHEN has_pools THEN COUNT {
        MATCH (x)-[:FLOW]->(u) WHERE u <> x RETURN u
        UNION
        MATCH (x)-[:POOLED_IN]->(t)-[:POOLED_OUT]->(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
      } + COUNT {
        MATCH (x)<-[:FLOW]-(u) WHERE u <> x RETURN u
        UNION
        MATCH (x)<-[:POOLED_OUT]-(t)<-[:POOLED_IN]-(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
      } ELSE COUNT { (x)-[:FLOW]->() } + COUNT { (x)<-[:FLOW]-() } - 2 * COUNT { (x)-[:FLOW]->(x) } END > $pool_above END AS pooled
      WITH *, NOT stops AND NOT pooled AND total > 0 AND $hops > 4 AS open
      RETURN collect({
        wallet: x, level: 4, mass: mass, total: total, is_dust: is_dust, stops: stops, pooled: pooled, open: open, later: later, revisits: revisits,
        clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
        flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
      }) AS level_4
    }
    CALL (start, as_of, has_pools, level_4) {
      UNWIND CASE WHEN has_pools THEN level_4 ELSE [] END AS r
      WITH r.wallet AS v, r WHERE r.open
      MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
      WHERE t.withdrawn_at IS NULL AND o.net > 0
      WITH t, collect({
        wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
        mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
      }) AS legs
      RETURN collect({pool: t, legs: legs}) AS pools_4, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_4
    }
    WITH *, spent_4 + pooled_4 + reduce(n = 0, r IN level_4 | n + r.flows) AS spent_5
    CALL (start, as_of, has_pools, level_4, pools_4, spent_5) {
      CALL (start, as_of, level_4, pools_4, spent_5) {
        UNWIND CASE WHEN spent_5 <= $max_flows THEN level_4 ELSE [] END AS r
        WITH r WHERE r.open
        WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean,
          $dust * r.total AS dust, CASE WHEN $start_stops AND r.wallet.key IN start.own THEN 1 ELSE 0 END AS revisits
        MATCH (u)-[f:FLOW]->(v) WHERE u <> v
        WITH u, v, mass, clean, revisits, f, f.value AS value, f.value < dust AS is_dust
        WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean,
          CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END AS later, revisits
        RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
        UNION ALL
        UNWIND CASE WHEN spent_5 <= $max_flows THEN pools_4 ELSE [] END AS p
        WITH p.pool AS t, [leg IN p.legs WHERE NOT leg.is_dust] AS legs
        WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass * leg.part) AS mass,
          reduce(n = 0.0, leg IN legs | n + leg.clean * leg.part) AS clean
        MATCH (u)-[i:POOLED_IN]->(t)
        WITH u AS x, t, i.value AS value,
          CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass * leg.part END) END AS mass,
          CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean * leg.part END) END AS clean
        WHERE mass > 0.0
        RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean,
          CASE WHEN as_of IS NOT NULL AND t.at > as_of THEN 1 ELSE 0 END AS later,
          CASE WHEN t.key = start.id THEN 1 ELSE 0 END AS revisits
        UNION ALL
        UNWIND CASE WHEN spent_5 <= $max_flows THEN pools_4 ELSE [] END AS p
        UNWIND p.legs AS leg
        WITH leg WHERE leg.is_dust
        RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean,
          0 AS later, 0 AS revisits
      }
      WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
      WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
      WITH *, CASE WHEN $pool_above < 0 OR stops OR x.category IS NOT NULL THEN false ELSE CASE WHEN has_pools THEN COUNT {
        MATCH (x)-[:FLOW]->(u) WHERE u <> x RETURN u
        UNION
        MATCH (x)-[:POOLED_IN]->(t)-[:POOLED_OUT]->(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
      } + COUNT {
        MATCH (x)<-[:FLOW]-(u) WHERE u <> x RETURN u
        UNION
        MATCH (x)<-[:POOLED_OUT]-(t)<-[:POOLED_IN]-(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
      } ELSE COUNT { (x)-[:FLOW]->() } + COUNT { (x)<-[:FLOW]-() } - 2 * COUNT { (x)-[:FLOW]->(x) } END > $pool_above END AS pooled
      WITH *, NOT stops AND NOT pooled AND total > 0 AND $hops > 5 AS open
      RETURN collect({
        wallet: x, level: 5, mass: mass, total: total, is_dust: is_dust, stops: stops, pooled: pooled, open: open, later: later, revisits: revisits,
        clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
        flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
      }) AS level_5
    }
    CALL (start, as_of, has_pools, level_5) {
      UNWIND CASE WHEN has_pools THEN level_5 ELSE [] END AS r
      WITH r.wallet AS v, r WHERE r.open
      MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
      WHERE t.withdrawn_at IS NULL AND o.net > 0
      WITH t, collect({
        wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
        mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
      }) AS legs
      RETURN collect({pool: t, legs: legs}) AS pools_5, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_5
    }
    WITH *, spent_5 + pooled_5 + reduce(n = 0, r IN level_5 | n + r.flows) AS spent_6
    CALL (start, as_of, has_pools, level_5, pools_5, spent_6) {
      CALL (start, as_of, level_5, pools_5, spent_6) {
        UNWIND CASE WHEN spent_6 <= $max_flows THEN level_5 ELSE [] END AS r
        WITH r WHERE r.open
        WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean,
          $dust * r.total AS dust, CASE WHEN $start_stops AND r.wallet.key IN start.own THEN 1 ELSE 0 END AS revisits
        MATCH (u)-[f:FLOW]->(v) WHERE u <> v
        WITH u, v, mass, clean, revisits, f, f.value AS value, f.value < dust AS is_dust
        WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean,
          CASE WHEN as_of IS NOT NULL AND f.last_at > as_of THEN 1 ELSE 0 END AS later, revisits
        RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
        UNION ALL
        UNWIND CASE WHEN spent_6 <= $max_flows THEN pools_5 ELSE [] END AS p
        WITH p.pool AS t, [leg IN p.legs WHERE NOT leg.is_dust] AS legs
        WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass * leg.part) AS mass,
          reduce(n = 0.0, leg IN legs | n + leg.clean * leg.part) AS clean
        MATCH (u)-[i:POOLED_IN]->(t)
        WITH u AS x, t, i.value AS value,
          CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass * leg.part END) END AS mass,
          CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean * leg.part END) END AS clean
        WHERE mass > 0.0
        RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean,
          CASE WHEN as_of IS NOT NULL AND t.at > as_of THEN 1 ELSE 0 END AS later,
          CASE WHEN t.key = start.id THEN 1 ELSE 0 END AS revisits
        UNION ALL
        UNWIND CASE WHEN spent_6 <= $max_flows THEN pools_5 ELSE [] END AS p
        UNWIND p.legs AS leg
        WITH leg WHERE leg.is_dust
        RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean,
          0 AS later, 0 AS revisits
      }
      WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean, sum(later) AS later, sum(revisits) AS revisits
      WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
      WITH *, CASE WHEN $pool_above < 0 OR stops OR x.category IS NOT NULL THEN false ELSE CASE WHEN has_pools THEN COUNT {
        MATCH (x)-[:FLOW]->(u) WHERE u <> x RETURN u
        UNION
        MATCH (x)-[:POOLED_IN]->(t)-[:POOLED_OUT]->(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
      } + COUNT {
        MATCH (x)<-[:FLOW]-(u) WHERE u <> x RETURN u
        UNION
        MATCH (x)<-[:POOLED_OUT]-(t)<-[:POOLED_IN]-(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
      } ELSE COUNT { (x)-[:FLOW]->() } + COUNT { (x)<-[:FLOW]-() } - 2 * COUNT { (x)-[:FLOW]->(x) } END > $pool_above END AS pooled
      WITH *, NOT stops AND NOT pooled AND total > 0 AND $hops > 6 AS open
      RETURN collect({
        wallet: x, level: 6, mass: mass, total: total, is_dust: is_dust, stops: stops, pooled: pooled, open: open, later: later, revisits: revisits,
        clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
        flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
      }) AS level_6
    }
    RETURN level_3 + level_4 + level_5 + level_6 AS farther, [spent_3, spent_4, spent_5, spent_6] AS spent_farther
    UNION ALL
    WITH level_2 WHERE size([r IN level_2 WHERE r.open]) = 0
    RETURN [] AS farther, [] AS spent_farther
  }
  WITH has_pools, level_0 + level_1 + level_2 + farther AS reached, [spent_1, spent_2] + spent_farther AS spent
  WITH *, size([n IN spent WHERE n <= $max_flows]) AS expanded
  WITH *, coalesce(spent[expanded], spent[-1]) AS flows
  UNWIND reached AS r
  WITH has_pools, flows, r, r.wallet AS x, CASE
      WHEN r.is_dust THEN 'dust'
      WHEN r.open AND r.level < expanded THEN 'followed'
      WHEN r.open THEN 'limit'
      WHEN r.stops THEN 'category'
      WHEN r.pooled THEN 'pooled'
      WHEN r.level = $hops THEN 'hop_limit'
      ELSE 'origin'
    END AS reason
  WITH r, x, reason, flows, CASE WHEN reason <> 'followed' OR x.category IS NOT NULL OR (r.level = 0 AND NOT $start_stops) THEN 0
    WHEN x.in_count + x.out_count <= $hub_counterparties THEN 0
    ELSE CASE WHEN has_pools THEN COUNT {
      MATCH (x)-[:FLOW]->(u) WHERE u <> x RETURN u
      UNION
      MATCH (x)-[:POOLED_IN]->(t)-[:POOLED_OUT]->(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
    } + COUNT {
      MATCH (x)<-[:FLOW]-(u) WHERE u <> x RETURN u
      UNION
      MATCH (x)<-[:POOLED_OUT]-(t)<-[:POOLED_IN]-(u) WHERE u <> x AND t.withdrawn_at IS NULL RETURN u
    } ELSE COUNT { (x)-[:FLOW]->() } + COUNT { (x)<-[:FLOW]-() } - 2 * COUNT { (x)-[:FLOW]->(x) } END END AS counterparties
  WITH r, x, reason, flows, counterparties, CASE WHEN reason = 'category' THEN x END AS named,
    CASE WHEN reason = 'followed' THEN CASE WHEN counterparties > $hub_counterparties THEN x.key END WHEN $places > 0 THEN x.key END AS place
  WITH r.level AS level, reason, named.category AS category, named.actor AS actor, named.attribution AS attribution, place,
    CASE WHEN reason = 'followed' AND place IS NOT NULL THEN max(counterparties) END AS counterparties, count(*) AS wallets,
    sum(r.mass) AS share, sum(r.passed) AS passed, sum(r.later) AS later, sum(r.revisits) AS revisits,
    sum(CASE WHEN r.level = 0 THEN x.in_value END) AS in_value,
    sum(CASE WHEN r.level = 0 THEN x.out_value END) AS out_value, max(flows) AS flows
  ORDER BY reason = 'followed', share DESC, level, reason, place
  WITH collect({
    level: level, reason: reason, category: category, actor: actor, attribution: attribution, place: place,
    counterparties: counterparties, wallets: wallets, share: share, passed: passed, later: later, revisits: revisits,
    in_value: in_value, out_value: out_value, flows: flows
  }) AS rows
  UNWIND range(0, size(rows) - 1) AS i
  WITH rows[i] AS row, CASE WHEN i < $places OR rows[i].reason = 'followed' THEN rows[i].place END AS place
  RETURN row.level AS level, row.reason AS reason, row.category AS category, row.actor AS actor, row.attribution AS attribution,
    place, max(row.counterparties) AS counterparties, sum(row.wallets) AS wallets, sum(row.share) AS share,
    sum(row.passed) AS passed, sum(row.later) AS later, sum(row.revisits) AS revisits, sum(row.in_value) AS in_value,
    sum(row.out_value) AS out_value, max(row.flows) AS flows
}
WITH start.id AS id, level, reason, category, actor, attribution, EXISTS {
    MATCH (a:Attribution {id: CASE WHEN NOT $start_stops THEN attribution END}) USING INDEX a:Attribution(id) WHERE a.valid_from IS NOT NULL
  } AS designated, place, counterparties, wallets, share, passed, later, revisits, in_value, out_value,
  flows, $max_flows AS max_flows, watermark
ORDER BY id, level, reason, category, actor, attribution, place
RETURN collect({
  id: id, level: level, reason: reason, category: category, actor: actor, attribution: attribution,
  designated: designated, place: place, counterparties: counterparties, wallets: wallets, share: share,
  passed: passed, later: later, revisits: revisits, in_value: in_value, out_value: out_value, flows: flows,
  max_flows: max_flows, watermark: watermark
}) AS rows
