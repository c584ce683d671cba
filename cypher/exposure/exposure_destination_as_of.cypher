// name:       exposure_destination_as_of
// purpose:    exposure_destination as two clocks tell it: over the transactions that had moved by `as_of` and were known at known_at.
// mode:       read
// parameters: starts LIST<MAP>, start_stops BOOLEAN, cached BOOLEAN, hops INTEGER, passing LIST<STRING>, known LIST<STRING>, severities MAP, official STRING, credible FLOAT, known_at DATETIME, valid_at DATETIME, dust FLOAT, pool_above INTEGER, hub_counterparties INTEGER, places INTEGER, max_flows INTEGER
// returns:    rows LIST<MAP>
// complexity: at most 6 levels outward from the indexed wallets of each start, each transaction of a reached wallet
//             read once a level; a level that would pass $max_flows transactions is not expanded and its share is told as limit
// index:      wallet_key, counter_name
//
// Starts, pools and what is told apart: as in exposure_destination. A start may be a payment (start_stops):
// the transaction of its id is left out. What a wallet is comes from its attributions in force at valid_at as known at
// known_at, in the order of graph/taxonomy.py, or with $cached from the one that decides now. `before` is the part that moved
// into or out of an attributed wallet before its attribution's valid_from. A wallet of which nothing had been recorded at
// known_at is no start. A transaction of several parties keeps the value of each pair in `splits`, output by output, input by
// input; one that was withdrawn and landed again keeps its earlier spans in lists. `flows` counts transactions here.
// All rows come as one record: reading records is what a batch of payments would wait for.
CYPHER 25 replan=skip
MATCH (c:Counter {name: 'graph'})
WITH c.seq AS watermark, COUNT { (:Pool) } > 0 AS has_pools
UNWIND $starts AS start
WITH watermark, has_pools, start,
  datetime.fromepoch((start.as_of + 62135596800000000) / 1000000 - 62135596800, (start.as_of + 62135596800000000) % 1000000 * 1000) AS as_of
CALL (start, as_of, has_pools) {
  UNWIND start.wallets AS s
  MATCH (u:Wallet {key: s.key})
  WHERE $start_stops OR EXISTS {
    MATCH (u)-[:SENT|TO]-(t:Transaction) WHERE coalesce(t.earlier_recorded_at[0], t.recorded_at) <= $known_at
  } OR EXISTS { MATCH (u)<-[:ABOUT]-(a:Attribution) WHERE a.recorded_at <= $known_at }
  WITH u, s.mass AS mass, CASE WHEN $start_stops THEN COLLECT {
      MATCH (u)<-[:ABOUT]-(a:Attribution)
      WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
        AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
        AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
      RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
          WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
        a.confidence DESC, a.id LIMIT 1
    }[0] END AS a
  WITH u AS x, mass, a, NOT coalesce(a.category IN $passing, true) AS stops, coalesce(a.category IN $passing, false) AS passes
  WITH *, NOT stops AND $hops > 0 AS open
  WITH collect({
    wallet: x, level: 0, mass: mass, is_dust: false, attribution: a, stops: stops, pooled: false, open: open, before: 0.0,
    clean: CASE WHEN passes THEN 0.0 ELSE mass END, passed: CASE WHEN passes THEN mass ELSE 0.0 END,
    flows: CASE WHEN open THEN COUNT { (x)-[:SENT]->() } ELSE 0 END
  }) AS level_0
  CALL (as_of, has_pools, level_0) {
    UNWIND CASE WHEN NOT $start_stops THEN level_0 ELSE [] END AS r
    WITH r.wallet AS x
    CALL (x, as_of) {
      MATCH (u:Wallet)-[s:SENT]->(t:Transaction)-[o:TO]->(x)
      WHERE u <> x AND NOT t:Pool
      WITH CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of
      RETURN sum(value) AS paired
    }
    CALL (x, as_of, has_pools) {
      WITH x WHERE has_pools
      MATCH (x)<-[i:POOLED_OUT]-(t:Transaction)
      WITH i, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([n IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[n] <= $known_at AND $known_at < t.earlier_withdrawn_at[n] | t.earlier_at[n]]) END AS at
      WHERE at <= as_of
      RETURN sum(i.net) AS pooled
    }
    RETURN sum(paired + pooled) AS across
  }
  CALL (as_of, has_pools, level_0) {
    UNWIND CASE WHEN level_0[0].flows > $max_flows THEN level_0 ELSE [] END AS r
    WITH r.wallet AS x
    CALL (x, as_of) {
      MATCH (x)-[s:SENT]->(t:Transaction)-[o:TO]->(u:Wallet)
      WHERE u <> x AND NOT t:Pool
      WITH CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of
      RETURN sum(value) AS paired
    }
    CALL (x, as_of, has_pools) {
      WITH x WHERE has_pools
      MATCH (x)-[o:POOLED_IN]->(t:Transaction)
      WITH o, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([n IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[n] <= $known_at AND $known_at < t.earlier_withdrawn_at[n] | t.earlier_at[n]]) END AS at
      WHERE at <= as_of
      RETURN sum(o.net) AS pooled
    }
    RETURN sum(paired + pooled) AS along
  }
  WITH *, reduce(n = 0, r IN level_0 | n + r.flows) AS spent_1
  CALL (start, as_of, has_pools, level_0, spent_1) {
    UNWIND CASE WHEN spent_1 <= $max_flows THEN level_0 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (v)-[s:SENT]->(t:Transaction)-[o:TO]->(u:Wallet)
      WHERE u <> v AND t.key <> start.id AND NOT t:Pool
      WITH u, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      WITH u, sum(value) AS value, collect([at, value]) AS moved
      WITH u, value, moved, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN collect({wallet: u, value: value, attribution: a, before: CASE WHEN a.valid_from IS NULL OR $start_stops THEN 0
        ELSE reduce(n = 0, m IN moved | CASE WHEN m[0] < a.valid_from THEN n + m[1] ELSE n END) END}) AS parts, sum(value) AS paired
    }
    CALL (start, as_of, has_pools, r) {
      WITH r.wallet AS v WHERE has_pools
      MATCH (v)-[o:POOLED_IN]->(t:Transaction) WHERE o.net > 0 AND t.key <> start.id
      WITH t, o, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at
      WHERE at <= as_of
      RETURN collect({pool: t, at: at, net: o.net, rest: t.value - o.across}) AS legs, sum(o.net) AS pooled
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, legs: legs, total: paired + pooled}) AS opened_0
  }
  CALL (has_pools, as_of, opened_0) {
    CALL (has_pools, opened_0) {
      UNWIND opened_0 AS e
      UNWIND e.parts AS part
      WITH e, part, part.value < $dust * e.total AS is_dust
      RETURN CASE WHEN NOT is_dust THEN part.wallet WHEN $places > 0 THEN e.wallet END AS x, is_dust,
        CASE WHEN NOT is_dust THEN part.attribution END AS a, e.mass * part.value / e.total AS mass,
        e.clean * part.value / e.total AS clean, e.mass * part.before / e.total AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_0 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net >= $dust * e.total
      WITH leg.pool AS t, leg.at AS at, collect({
        wallet: e.wallet, mass: e.mass * leg.net / e.total / leg.rest, clean: e.clean * leg.net / e.total / leg.rest
      }) AS legs
      WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass) AS mass, reduce(n = 0.0, leg IN legs | n + leg.clean) AS clean
      MATCH (t)-[i:POOLED_OUT]->(u)
      WITH u, at, i.value AS value,
        CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass END) END AS mass,
        CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean END) END AS clean
      WHERE mass > 0.0
      WITH *, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN u AS x, false AS is_dust, a, value * mass AS mass, value * clean AS clean,
        CASE WHEN a.valid_from IS NOT NULL AND NOT $start_stops AND at < a.valid_from THEN value * mass ELSE 0.0 END AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_0 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net < $dust * e.total
      RETURN CASE WHEN $places > 0 THEN e.wallet END AS x, true AS is_dust, null AS a, e.mass * leg.net / e.total AS mass,
        e.clean * leg.net / e.total AS clean, 0.0 AS before
    }
    WITH x, is_dust, a, sum(mass) AS mass, sum(clean) AS clean, sum(before) AS before
    WITH *, is_dust OR NOT coalesce(a.category IN $passing, true) AS stops, coalesce(a.category IN $passing, false) AS passes
    WITH *, CASE WHEN $pool_above < 0 OR stops OR a IS NOT NULL THEN false ELSE COUNT {
      MATCH (x)-[e:SENT|TO]-(t:Transaction)-[f:SENT|TO]-(u:Wallet)
      WHERE u <> x AND type(e) <> type(f)
      WITH t, u, type(e) AS side, CASE WHEN type(e) = 'SENT' THEN e ELSE f END AS s, CASE WHEN type(e) = 'SENT' THEN f ELSE e END AS o
      WITH u, side, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t:Pool THEN CASE WHEN s.value > 0 AND o.value > 0 THEN 1 ELSE 0 END WHEN t.splits IS NULL THEN t.value
            ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      RETURN DISTINCT side, u
    } > $pool_above END AS pooled
    WITH *, NOT stops AND NOT pooled AND $hops > 1 AS open
    RETURN collect({
      wallet: x, level: 1, mass: mass, is_dust: is_dust, attribution: a, stops: stops, pooled: pooled, open: open, before: before,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:SENT]->() } ELSE 0 END
    }) AS level_1
  }
  WITH *, spent_1 + reduce(n = 0, r IN level_1 | n + r.flows) AS spent_2
  CALL (start, as_of, has_pools, level_1, spent_2) {
    UNWIND CASE WHEN spent_2 <= $max_flows THEN level_1 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (v)-[s:SENT]->(t:Transaction)-[o:TO]->(u:Wallet)
      WHERE u <> v AND t.key <> start.id AND NOT t:Pool
      WITH u, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      WITH u, sum(value) AS value, collect([at, value]) AS moved
      WITH u, value, moved, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN collect({wallet: u, value: value, attribution: a, before: CASE WHEN a.valid_from IS NULL OR $start_stops THEN 0
        ELSE reduce(n = 0, m IN moved | CASE WHEN m[0] < a.valid_from THEN n + m[1] ELSE n END) END}) AS parts, sum(value) AS paired
    }
    CALL (start, as_of, has_pools, r) {
      WITH r.wallet AS v WHERE has_pools
      MATCH (v)-[o:POOLED_IN]->(t:Transaction) WHERE o.net > 0 AND t.key <> start.id
      WITH t, o, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at
      WHERE at <= as_of
      RETURN collect({pool: t, at: at, net: o.net, rest: t.value - o.across}) AS legs, sum(o.net) AS pooled
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, legs: legs, total: paired + pooled}) AS opened_1
  }
  CALL (has_pools, as_of, opened_1) {
    CALL (has_pools, opened_1) {
      UNWIND opened_1 AS e
      UNWIND e.parts AS part
      WITH e, part, part.value < $dust * e.total AS is_dust
      RETURN CASE WHEN NOT is_dust THEN part.wallet WHEN $places > 0 THEN e.wallet END AS x, is_dust,
        CASE WHEN NOT is_dust THEN part.attribution END AS a, e.mass * part.value / e.total AS mass,
        e.clean * part.value / e.total AS clean, e.mass * part.before / e.total AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_1 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net >= $dust * e.total
      WITH leg.pool AS t, leg.at AS at, collect({
        wallet: e.wallet, mass: e.mass * leg.net / e.total / leg.rest, clean: e.clean * leg.net / e.total / leg.rest
      }) AS legs
      WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass) AS mass, reduce(n = 0.0, leg IN legs | n + leg.clean) AS clean
      MATCH (t)-[i:POOLED_OUT]->(u)
      WITH u, at, i.value AS value,
        CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass END) END AS mass,
        CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean END) END AS clean
      WHERE mass > 0.0
      WITH *, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN u AS x, false AS is_dust, a, value * mass AS mass, value * clean AS clean,
        CASE WHEN a.valid_from IS NOT NULL AND NOT $start_stops AND at < a.valid_from THEN value * mass ELSE 0.0 END AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_1 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net < $dust * e.total
      RETURN CASE WHEN $places > 0 THEN e.wallet END AS x, true AS is_dust, null AS a, e.mass * leg.net / e.total AS mass,
        e.clean * leg.net / e.total AS clean, 0.0 AS before
    }
    WITH x, is_dust, a, sum(mass) AS mass, sum(clean) AS clean, sum(before) AS before
    WITH *, is_dust OR NOT coalesce(a.category IN $passing, true) AS stops, coalesce(a.category IN $passing, false) AS passes
    WITH *, CASE WHEN $pool_above < 0 OR stops OR a IS NOT NULL THEN false ELSE COUNT {
      MATCH (x)-[e:SENT|TO]-(t:Transaction)-[f:SENT|TO]-(u:Wallet)
      WHERE u <> x AND type(e) <> type(f)
      WITH t, u, type(e) AS side, CASE WHEN type(e) = 'SENT' THEN e ELSE f END AS s, CASE WHEN type(e) = 'SENT' THEN f ELSE e END AS o
      WITH u, side, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t:Pool THEN CASE WHEN s.value > 0 AND o.value > 0 THEN 1 ELSE 0 END WHEN t.splits IS NULL THEN t.value
            ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      RETURN DISTINCT side, u
    } > $pool_above END AS pooled
    WITH *, NOT stops AND NOT pooled AND $hops > 2 AS open
    RETURN collect({
      wallet: x, level: 2, mass: mass, is_dust: is_dust, attribution: a, stops: stops, pooled: pooled, open: open, before: before,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:SENT]->() } ELSE 0 END
    }) AS level_2
  }
  WITH *, spent_2 + reduce(n = 0, r IN level_2 | n + r.flows) AS spent_3
  CALL (start, as_of, has_pools, level_2, spent_3) {
    UNWIND CASE WHEN spent_3 <= $max_flows THEN level_2 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (v)-[s:SENT]->(t:Transaction)-[o:TO]->(u:Wallet)
      WHERE u <> v AND t.key <> start.id AND NOT t:Pool
      WITH u, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      WITH u, sum(value) AS value, collect([at, value]) AS moved
      WITH u, value, moved, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN collect({wallet: u, value: value, attribution: a, before: CASE WHEN a.valid_from IS NULL OR $start_stops THEN 0
        ELSE reduce(n = 0, m IN moved | CASE WHEN m[0] < a.valid_from THEN n + m[1] ELSE n END) END}) AS parts, sum(value) AS paired
    }
    CALL (start, as_of, has_pools, r) {
      WITH r.wallet AS v WHERE has_pools
      MATCH (v)-[o:POOLED_IN]->(t:Transaction) WHERE o.net > 0 AND t.key <> start.id
      WITH t, o, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at
      WHERE at <= as_of
      RETURN collect({pool: t, at: at, net: o.net, rest: t.value - o.across}) AS legs, sum(o.net) AS pooled
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, legs: legs, total: paired + pooled}) AS opened_2
  }
  CALL (has_pools, as_of, opened_2) {
    CALL (has_pools, opened_2) {
      UNWIND opened_2 AS e
      UNWIND e.parts AS part
      WITH e, part, part.value < $dust * e.total AS is_dust
      RETURN CASE WHEN NOT is_dust THEN part.wallet WHEN $places > 0 THEN e.wallet END AS x, is_dust,
        CASE WHEN NOT is_dust THEN part.attribution END AS a, e.mass * part.value / e.total AS mass,
        e.clean * part.value / e.total AS clean, e.mass * part.before / e.total AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_2 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net >= $dust * e.total
      WITH leg.pool AS t, leg.at AS at, collect({
        wallet: e.wallet, mass: e.mass * leg.net / e.total / leg.rest, clean: e.clean * leg.net / e.total / leg.rest
      }) AS legs
      WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass) AS mass, reduce(n = 0.0, leg IN legs | n + leg.clean) AS clean
      MATCH (t)-[i:POOLED_OUT]->(u)
      WITH u, at, i.value AS value,
        CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass END) END AS mass,
        CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean END) END AS clean
      WHERE mass > 0.0
      WITH *, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN u AS x, false AS is_dust, a, value * mass AS mass, value * clean AS clean,
        CASE WHEN a.valid_from IS NOT NULL AND NOT $start_stops AND at < a.valid_from THEN value * mass ELSE 0.0 END AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_2 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net < $dust * e.total
      RETURN CASE WHEN $places > 0 THEN e.wallet END AS x, true AS is_dust, null AS a, e.mass * leg.net / e.total AS mass,
        e.clean * leg.net / e.total AS clean, 0.0 AS before
    }
    WITH x, is_dust, a, sum(mass) AS mass, sum(clean) AS clean, sum(before) AS before
    WITH *, is_dust OR NOT coalesce(a.category IN $passing, true) AS stops, coalesce(a.category IN $passing, false) AS passes
    WITH *, CASE WHEN $pool_above < 0 OR stops OR a IS NOT NULL THEN false ELSE COUNT {
      MATCH (x)-[e:SENT|TO]-(t:Transaction)-[f:SENT|TO]-(u:Wallet)
      WHERE u <> x AND type(e) <> type(f)
      WITH t, u, type(e) AS side, CASE WHEN type(e) = 'SENT' THEN e ELSE f END AS s, CASE WHEN type(e) = 'SENT' THEN f ELSE e END AS o
      WITH u, side, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t:Pool THEN CASE WHEN s.value > 0 AND o.value > 0 THEN 1 ELSE 0 END WHEN t.splits IS NULL THEN t.value
            ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      RETURN DISTINCT side, u
    } > $pool_above END AS pooled
    WITH *, NOT stops AND NOT pooled AND $hops > 3 AS open
    RETURN collect({
      wallet: x, level: 3, mass: mass, is_dust: is_dust, attribution: a, stops: stops, pooled: pooled, open: open, before: before,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:SENT]->() } ELSE 0 END
    }) AS level_3
  }
  WITH *, spent_3 + reduce(n = 0, r IN level_3 | n + r.flows) AS spent_4
  CALL (start, as_of, has_pools, level_3, spent_4) {
    UNWIND CASE WHEN spent_4 <= $max_flows THEN level_3 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (v)-[s:SENT]->(t:Transaction)-[o:TO]->(u:Wallet)
      WHERE u <> v AND t.key <> start.id AND NOT t:Pool
      WITH u, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      WITH u, sum(value) AS value, collect([at, value]) AS moved
      WITH u, value, moved, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN collect({wallet: u, value: value, attribution: a, before: CASE WHEN a.valid_from IS NULL OR $start_stops THEN 0
        ELSE reduce(n = 0, m IN moved | CASE WHEN m[0] < a.valid_from THEN n + m[1] ELSE n END) END}) AS parts, sum(value) AS paired
    }
    CALL (start, as_of, has_pools, r) {
      WITH r.wallet AS v WHERE has_pools
      MATCH (v)-[o:POOLED_IN]->(t:Transaction) WHERE o.net > 0 AND t.key <> start.id
      WITH t, o, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at
      WHERE at <= as_of
      RETURN collect({pool: t, at: at, net: o.net, rest: t.value - o.across}) AS legs, sum(o.net) AS pooled
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, legs: legs, total: paired + pooled}) AS opened_3
  }
  CALL (has_pools, as_of, opened_3) {
    CALL (has_pools, opened_3) {
      UNWIND opened_3 AS e
      UNWIND e.parts AS part
      WITH e, part, part.value < $dust * e.total AS is_dust
      RETURN CASE WHEN NOT is_dust THEN part.wallet WHEN $places > 0 THEN e.wallet END AS x, is_dust,
        CASE WHEN NOT is_dust THEN part.attribution END AS a, e.mass * part.value / e.total AS mass,
        e.clean * part.value / e.total AS clean, e.mass * part.before / e.total AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_3 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net >= $dust * e.total
      WITH leg.pool AS t, leg.at AS at, collect({
        wallet: e.wallet, mass: e.mass * leg.net / e.total / leg.rest, clean: e.clean * leg.net / e.total / leg.rest
      }) AS legs
      WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass) AS mass, reduce(n = 0.0, leg IN legs | n + leg.clean) AS clean
      MATCH (t)-[i:POOLED_OUT]->(u)
      WITH u, at, i.value AS value,
        CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass END) END AS mass,
        CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean END) END AS clean
      WHERE mass > 0.0
      WITH *, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN u AS x, false AS is_dust, a, value * mass AS mass, value * clean AS clean,
        CASE WHEN a.valid_from IS NOT NULL AND NOT $start_stops AND at < a.valid_from THEN value * mass ELSE 0.0 END AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_3 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net < $dust * e.total
      RETURN CASE WHEN $places > 0 THEN e.wallet END AS x, true AS is_dust, null AS a, e.mass * leg.net / e.total AS mass,
        e.clean * leg.net / e.total AS clean, 0.0 AS before
    }
    WITH x, is_dust, a, sum(mass) AS mass, sum(clean) AS clean, sum(before) AS before
    WITH *, is_dust OR NOT coalesce(a.category IN $passing, true) AS stops, coalesce(a.category IN $passing, false) AS passes
    WITH *, CASE WHEN $pool_above < 0 OR stops OR a IS NOT NULL THEN false ELSE COUNT {
      MATCH (x)-[e:SENT|TO]-(t:Transaction)-[f:SENT|TO]-(u:Wallet)
      WHERE u <> x AND type(e) <> type(f)
      WITH t, u, type(e) AS side, CASE WHEN type(e) = 'SENT' THEN e ELSE f END AS s, CASE WHEN type(e) = 'SENT' THEN f ELSE e END AS o
      WITH u, side, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t:Pool THEN CASE WHEN s.value > 0 AND o.value > 0 THEN 1 ELSE 0 END WHEN t.splits IS NULL THEN t.value
            ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      RETURN DISTINCT side, u
    } > $pool_above END AS pooled
    WITH *, NOT stops AND NOT pooled AND $hops > 4 AS open
    RETURN collect({
      wallet: x, level: 4, mass: mass, is_dust: is_dust, attribution: a, stops: stops, pooled: pooled, open: open, before: before,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:SENT]->() } ELSE 0 END
    }) AS level_4
  }
  WITH *, spent_4 + reduce(n = 0, r IN level_4 | n + r.flows) AS spent_5
  CALL (start, as_of, has_pools, level_4, spent_5) {
    UNWIND CASE WHEN spent_5 <= $max_flows THEN level_4 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (v)-[s:SENT]->(t:Transaction)-[o:TO]->(u:Wallet)
      WHERE u <> v AND t.key <> start.id AND NOT t:Pool
      WITH u, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      WITH u, sum(value) AS value, collect([at, value]) AS moved
      WITH u, value, moved, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN collect({wallet: u, value: value, attribution: a, before: CASE WHEN a.valid_from IS NULL OR $start_stops THEN 0
        ELSE reduce(n = 0, m IN moved | CASE WHEN m[0] < a.valid_from THEN n + m[1] ELSE n END) END}) AS parts, sum(value) AS paired
    }
    CALL (start, as_of, has_pools, r) {
      WITH r.wallet AS v WHERE has_pools
      MATCH (v)-[o:POOLED_IN]->(t:Transaction) WHERE o.net > 0 AND t.key <> start.id
      WITH t, o, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at
      WHERE at <= as_of
      RETURN collect({pool: t, at: at, net: o.net, rest: t.value - o.across}) AS legs, sum(o.net) AS pooled
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, legs: legs, total: paired + pooled}) AS opened_4
  }
  CALL (has_pools, as_of, opened_4) {
    CALL (has_pools, opened_4) {
      UNWIND opened_4 AS e
      UNWIND e.parts AS part
      WITH e, part, part.value < $dust * e.total AS is_dust
      RETURN CASE WHEN NOT is_dust THEN part.wallet WHEN $places > 0 THEN e.wallet END AS x, is_dust,
        CASE WHEN NOT is_dust THEN part.attribution END AS a, e.mass * part.value / e.total AS mass,
        e.clean * part.value / e.total AS clean, e.mass * part.before / e.total AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_4 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net >= $dust * e.total
      WITH leg.pool AS t, leg.at AS at, collect({
        wallet: e.wallet, mass: e.mass * leg.net / e.total / leg.rest, clean: e.clean * leg.net / e.total / leg.rest
      }) AS legs
      WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass) AS mass, reduce(n = 0.0, leg IN legs | n + leg.clean) AS clean
      MATCH (t)-[i:POOLED_OUT]->(u)
      WITH u, at, i.value AS value,
        CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass END) END AS mass,
        CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean END) END AS clean
      WHERE mass > 0.0
      WITH *, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN u AS x, false AS is_dust, a, value * mass AS mass, value * clean AS clean,
        CASE WHEN a.valid_from IS NOT NULL AND NOT $start_stops AND at < a.valid_from THEN value * mass ELSE 0.0 END AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_4 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net < $dust * e.total
      RETURN CASE WHEN $places > 0 THEN e.wallet END AS x, true AS is_dust, null AS a, e.mass * leg.net / e.total AS mass,
        e.clean * leg.net / e.total AS clean, 0.0 AS before
    }
    WITH x, is_dust, a, sum(mass) AS mass, sum(clean) AS clean, sum(before) AS before
    WITH *, is_dust OR NOT coalesce(a.category IN $passing, true) AS stops, coalesce(a.category IN $passing, false) AS passes
    WITH *, CASE WHEN $pool_above < 0 OR stops OR a IS NOT NULL THEN false ELSE COUNT {
      MATCH (x)-[e:SENT|TO]-(t:Transaction)-[f:SENT|TO]-(u:Wallet)
      WHERE u <> x AND type(e) <> type(f)
      WITH t, u, type(e) AS side, CASE WHEN type(e) = 'SENT' THEN e ELSE f END AS s, CASE WHEN type(e) = 'SENT' THEN f ELSE e END AS o
      WITH u, side, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t:Pool THEN CASE WHEN s.value > 0 AND o.value > 0 THEN 1 ELSE 0 END WHEN t.splits IS NULL THEN t.value
            ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      RETURN DISTINCT side, u
    } > $pool_above END AS pooled
    WITH *, NOT stops AND NOT pooled AND $hops > 5 AS open
    RETURN collect({
      wallet: x, level: 5, mass: mass, is_dust: is_dust, attribution: a, stops: stops, pooled: pooled, open: open, before: before,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:SENT]->() } ELSE 0 END
    }) AS level_5
  }
  WITH *, spent_5 + reduce(n = 0, r IN level_5 | n + r.flows) AS spent_6
  CALL (start, as_of, has_pools, level_5, spent_6) {
    UNWIND CASE WHEN spent_6 <= $max_flows THEN level_5 ELSE [] END AS r
    WITH r WHERE r.open
    CALL (start, as_of, r) {
      WITH r.wallet AS v
      MATCH (v)-[s:SENT]->(t:Transaction)-[o:TO]->(u:Wallet)
      WHERE u <> v AND t.key <> start.id AND NOT t:Pool
      WITH u, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      WITH u, sum(value) AS value, collect([at, value]) AS moved
      WITH u, value, moved, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN collect({wallet: u, value: value, attribution: a, before: CASE WHEN a.valid_from IS NULL OR $start_stops THEN 0
        ELSE reduce(n = 0, m IN moved | CASE WHEN m[0] < a.valid_from THEN n + m[1] ELSE n END) END}) AS parts, sum(value) AS paired
    }
    CALL (start, as_of, has_pools, r) {
      WITH r.wallet AS v WHERE has_pools
      MATCH (v)-[o:POOLED_IN]->(t:Transaction) WHERE o.net > 0 AND t.key <> start.id
      WITH t, o, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at
      WHERE at <= as_of
      RETURN collect({pool: t, at: at, net: o.net, rest: t.value - o.across}) AS legs, sum(o.net) AS pooled
    }
    RETURN collect({wallet: r.wallet, mass: r.mass, clean: r.clean, parts: parts, legs: legs, total: paired + pooled}) AS opened_5
  }
  CALL (has_pools, as_of, opened_5) {
    CALL (has_pools, opened_5) {
      UNWIND opened_5 AS e
      UNWIND e.parts AS part
      WITH e, part, part.value < $dust * e.total AS is_dust
      RETURN CASE WHEN NOT is_dust THEN part.wallet WHEN $places > 0 THEN e.wallet END AS x, is_dust,
        CASE WHEN NOT is_dust THEN part.attribution END AS a, e.mass * part.value / e.total AS mass,
        e.clean * part.value / e.total AS clean, e.mass * part.before / e.total AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_5 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net >= $dust * e.total
      WITH leg.pool AS t, leg.at AS at, collect({
        wallet: e.wallet, mass: e.mass * leg.net / e.total / leg.rest, clean: e.clean * leg.net / e.total / leg.rest
      }) AS legs
      WITH *, reduce(n = 0.0, leg IN legs | n + leg.mass) AS mass, reduce(n = 0.0, leg IN legs | n + leg.clean) AS clean
      MATCH (t)-[i:POOLED_OUT]->(u)
      WITH u, at, i.value AS value,
        CASE WHEN i.across = 0 THEN mass ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.mass END) END AS mass,
        CASE WHEN i.across = 0 THEN clean ELSE reduce(n = 0.0, leg IN legs | CASE WHEN leg.wallet = u THEN n ELSE n + leg.clean END) END AS clean
      WHERE mass > 0.0
      WITH *, COLLECT {
        MATCH (u)<-[:ABOUT]-(a:Attribution)
        WHERE CASE WHEN $cached THEN a.id = u.attribution ELSE a.category IN $known
          AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
          AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to) END
        RETURN a ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
            WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
          a.confidence DESC, a.id LIMIT 1
      }[0] AS a
      RETURN u AS x, false AS is_dust, a, value * mass AS mass, value * clean AS clean,
        CASE WHEN a.valid_from IS NOT NULL AND NOT $start_stops AND at < a.valid_from THEN value * mass ELSE 0.0 END AS before
      UNION ALL
      UNWIND CASE WHEN has_pools THEN opened_5 ELSE [] END AS e
      UNWIND e.legs AS leg
      WITH e, leg WHERE leg.net < $dust * e.total
      RETURN CASE WHEN $places > 0 THEN e.wallet END AS x, true AS is_dust, null AS a, e.mass * leg.net / e.total AS mass,
        e.clean * leg.net / e.total AS clean, 0.0 AS before
    }
    WITH x, is_dust, a, sum(mass) AS mass, sum(clean) AS clean, sum(before) AS before
    WITH *, is_dust OR NOT coalesce(a.category IN $passing, true) AS stops, coalesce(a.category IN $passing, false) AS passes
    WITH *, CASE WHEN $pool_above < 0 OR stops OR a IS NOT NULL THEN false ELSE COUNT {
      MATCH (x)-[e:SENT|TO]-(t:Transaction)-[f:SENT|TO]-(u:Wallet)
      WHERE u <> x AND type(e) <> type(f)
      WITH t, u, type(e) AS side, CASE WHEN type(e) = 'SENT' THEN e ELSE f END AS s, CASE WHEN type(e) = 'SENT' THEN f ELSE e END AS o
      WITH u, side, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
        CASE WHEN t:Pool THEN CASE WHEN s.value > 0 AND o.value > 0 THEN 1 ELSE 0 END WHEN t.splits IS NULL THEN t.value
            ELSE t.splits[o.position * t.inputs + s.position] END AS value
      WHERE at <= as_of AND value > 0
      RETURN DISTINCT side, u
    } > $pool_above END AS pooled
    WITH *, NOT stops AND NOT pooled AND $hops > 6 AS open
    RETURN collect({
      wallet: x, level: 6, mass: mass, is_dust: is_dust, attribution: a, stops: stops, pooled: pooled, open: open, before: before,
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)-[:SENT]->() } ELSE 0 END
    }) AS level_6
  }
  WITH level_0 + level_1 + level_2 + level_3 + level_4 + level_5 + level_6 AS reached, has_pools, across, along,
    [opened_0, opened_1, opened_2, opened_3, opened_4, opened_5] AS opened, [spent_1, spent_2, spent_3, spent_4, spent_5, spent_6] AS spent
  WITH *, size([n IN spent WHERE n <= $max_flows]) AS expanded
  WITH *, coalesce(spent[expanded], spent[-1]) AS flows
  CALL (reached, opened, expanded) {
    UNWIND reached AS r
    RETURN r.level AS level, r.wallet AS x, r.attribution AS a, r.mass AS share, r.passed AS passed, r.before AS before, null AS total, CASE
        WHEN r.is_dust THEN 'dust'
        WHEN r.open AND r.level < expanded THEN 'expanded'
        WHEN r.open THEN 'limit'
        WHEN r.stops THEN 'category'
        WHEN r.pooled THEN 'pooled'
        ELSE 'hop_limit'
      END AS reason
    UNION ALL
    UNWIND range(0, 5) AS level
    UNWIND opened[level] AS e
    RETURN level, e.wallet AS x, null AS a, e.mass AS share, 0.0 AS passed, 0.0 AS before, e.total AS total,
      CASE WHEN e.total = 0 THEN 'unspent' ELSE 'followed' END AS reason
  }
  WITH *, CASE WHEN reason <> 'followed' OR x.category IS NOT NULL OR (level = 0 AND NOT $start_stops) THEN 0
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
  WITH *, CASE WHEN reason = 'category' THEN a END AS named,
    CASE WHEN reason = 'followed' THEN CASE WHEN counterparties > $hub_counterparties THEN x.key END
      WHEN $places > 0 AND reason <> 'expanded' THEN x.key END AS place
  WITH across, along, flows, level, reason, named.category AS category, named.actor AS actor, named.id AS attribution, place,
    CASE WHEN reason = 'followed' AND place IS NOT NULL THEN max(counterparties) END AS counterparties, count(*) AS wallets,
    sum(share) AS share, sum(passed) AS passed, sum(before) AS before, sum(CASE WHEN level = 0 THEN total END) AS total
  ORDER BY reason IN ['followed', 'expanded'], share DESC, level, reason, place
  WITH across, along, flows, collect({
    level: level, reason: reason, category: category, actor: actor, attribution: attribution, place: place,
    counterparties: counterparties, wallets: wallets, share: share, passed: passed, before: before, total: total
  }) AS rows
  UNWIND range(0, size(rows) - 1) AS i
  WITH across, along, flows, rows[i] AS row, CASE WHEN i < $places OR rows[i].reason = 'followed' THEN rows[i].place END AS place
  RETURN row.level AS level, row.reason AS reason, row.category AS category, row.actor AS actor, row.attribution AS attribution,
    place, max(row.counterparties) AS counterparties, sum(row.wallets) AS wallets, sum(row.share) AS share,
    sum(row.passed) AS passed, sum(row.before) AS before, sum(CASE WHEN row.reason = 'limit' AND row.level = 0 THEN along ELSE row.total END) AS out_value, max(across) AS in_value,
    max(flows) AS flows
}
WITH start.id AS id, level, reason, category, actor, attribution, place, counterparties, wallets, share, passed, before,
  in_value, out_value, flows, $max_flows AS max_flows, watermark
ORDER BY id, level, reason, category, actor, attribution, place
RETURN collect({
  id: id, level: level, reason: reason, category: category, actor: actor, attribution: attribution, place: place,
  counterparties: counterparties, wallets: wallets, share: share, passed: passed, before: before,
  in_value: in_value, out_value: out_value, flows: flows, max_flows: max_flows, watermark: watermark
}) AS rows
