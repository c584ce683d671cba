// name:       exposure_source_rewound
// purpose:    Where the value of payments' parties came from until the payments' times, the payments themselves left out:
//             the flows of now, less what moved later.
// mode:       read
// parameters: starts LIST<MAP>, hops INTEGER, passing LIST<STRING>, dust FLOAT, hub_counterparties INTEGER, places INTEGER, max_flows INTEGER, most_later INTEGER
// returns:    rows LIST<MAP>
// complexity: as exposure_source, over at most 5 levels; for each wallet opened a stretch of the index of less than $most_later entries and their parties
// index:      wallet_key, transaction_key, received_history, counter_name
//
// Starts, pools and what is told apart: as in exposure_source with start_stops. The later payments of a wallet are the end of a stretch
// of its index; the payment itself is looked for only at its `own` wallets. What they moved is taken from the flows as integers, so
// that nothing is left of a flow that is later as a whole. `crowded` counts wallets with $most_later payments and their parties
// or more after as_of: those are not opened, and the answer needs the transactions.
CYPHER 25 replan=skip
MATCH (c:Counter {name: 'graph'})
WITH c.seq AS watermark, COUNT { (:Pool) } > 0 AS has_pools
UNWIND $starts AS start
WITH watermark, has_pools, start,
  datetime.fromepoch((start.as_of + 62135596800000000) / 1000000 - 62135596800, (start.as_of + 62135596800000000) % 1000000 * 1000) AS as_of
OPTIONAL MATCH (itself:Transaction {key: start.id}) WHERE itself.withdrawn_at IS NULL AND itself.at <= as_of
CALL (start, as_of, has_pools, itself) {
  UNWIND start.wallets AS s
  MATCH (x:Wallet {key: s.key})
  WITH x, s.mass AS mass, x:Illicit OR x:Service AS stops,
    coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
  WITH *, NOT stops AND total > 0 AND $hops > 0 AS open
  WITH collect({
    wallet: x, level: 0, mass: mass, total: total, is_dust: false, stops: stops, open: open,
    touched: open AND (coalesce(x.last_at > as_of, true) OR (itself IS NOT NULL AND x.key IN start.own)), is_crowded: false, gone: [],
    clean: CASE WHEN passes THEN 0.0 ELSE mass END, passed: CASE WHEN passes THEN mass ELSE 0.0 END,
    flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
  }) AS met
  CALL (start, itself, met) {
    UNWIND [r IN met WHERE r.touched] AS r
    WITH r, r.wallet AS x
    CALL (start, itself, x) {
      CALL (start, itself, x) {
        MATCH (t:Transaction)-[o:TO]->()
        WHERE o.wallet = x.key AND o.at_us > start.as_of AND o.net > 0
        WITH t, o ORDER BY o.wallet, o.at_us, o.net LIMIT $most_later
        RETURN t, o.others AS others
        UNION ALL
        WITH x WHERE itself IS NOT NULL AND x.key IN start.own
        RETURN itself AS t, 0 AS others
      }
      RETURN collect(t) AS undone, count(t) + sum(others) >= $most_later AS is_crowded
    }
    CALL (x, undone, is_crowded) {
      UNWIND CASE WHEN is_crowded THEN [] ELSE undone END AS t
      CALL (x, t) {
        WITH t WHERE NOT t:Pool
        MATCH (u:Wallet)-[s:SENT]->(t)-[o:TO]->()
        WHERE o.wallet = x.key AND s.wallet <> x.key
        RETURN u, CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
        UNION ALL
        WITH t WHERE t:Pool
        MATCH (t)-[p:POOLED_OUT]->(w:Wallet)
        WHERE w = x
        RETURN null AS u, p.net AS value
      }
      WITH u, sum(value) AS value
      RETURN collect(CASE WHEN u IS NOT NULL AND value > 0 THEN {wallet: u, value: value} END) AS gone, sum(value) AS lost
    }
    WITH r, gone, is_crowded, r.total - lost AS total
    WITH *, NOT is_crowded AND total > 0 AS open
    RETURN collect(r {.*, total: total, gone: gone, is_crowded: is_crowded, open: open, flows: CASE WHEN open THEN r.flows ELSE 0 END}) AS rewound
  }
  WITH [r IN met WHERE NOT r.touched] + rewound AS level_0
  CALL (start, as_of, has_pools, level_0) {
    UNWIND CASE WHEN has_pools THEN level_0 ELSE [] END AS r
    WITH r.wallet AS v, r WHERE r.open
    MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
    WHERE t.withdrawn_at IS NULL AND o.net > 0 AND t.at <= as_of AND t.key <> start.id
    WITH t, collect({
      wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
      mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
    }) AS legs
    RETURN collect({pool: t, legs: legs}) AS pools_0, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_0
  }
  WITH *, pooled_0 + reduce(n = 0, r IN level_0 | n + r.flows) AS spent_1
  CALL (start, as_of, has_pools, itself, level_0, pools_0, spent_1) {
    CALL (level_0, pools_0, spent_1) {
      UNWIND CASE WHEN spent_1 <= $max_flows THEN level_0 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) = 0
      WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      MATCH (u)-[f:FLOW]->(v) WHERE u <> v
      WITH u, v, mass, clean, f.value AS value, f.value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
      UNION ALL
      UNWIND CASE WHEN spent_1 <= $max_flows THEN level_0 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) > 0
      WITH r.wallet AS v, r.gone AS gone, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      CALL (v, gone) {
        CALL (v, gone) {
          MATCH (u)-[f:FLOW]->(v) WHERE u <> v
          RETURN u, f.value AS value
          UNION ALL
          UNWIND gone AS part
          RETURN part.wallet AS u, -part.value AS value
        }
        WITH u, sum(value) AS value WHERE value > 0
        RETURN u, value
      }
      WITH u, v, mass, clean, value, value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
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
      RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean
      UNION ALL
      UNWIND CASE WHEN spent_1 <= $max_flows THEN pools_0 ELSE [] END AS p
      UNWIND p.legs AS leg
      WITH leg WHERE leg.is_dust
      RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean
    }
    WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean
    WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
    WITH *, NOT stops AND total > 0 AND $hops > 1 AS open
    WITH collect({
      wallet: x, level: 1, mass: mass, total: total, is_dust: is_dust, stops: stops, open: open,
      touched: open AND (coalesce(x.last_at > as_of, true) OR (itself IS NOT NULL AND x.key IN start.own)), is_crowded: false, gone: [],
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
    }) AS met
    CALL (start, itself, met) {
      UNWIND [r IN met WHERE r.touched] AS r
      WITH r, r.wallet AS x
      CALL (start, itself, x) {
        CALL (start, itself, x) {
          MATCH (t:Transaction)-[o:TO]->()
          WHERE o.wallet = x.key AND o.at_us > start.as_of AND o.net > 0
          WITH t, o ORDER BY o.wallet, o.at_us, o.net LIMIT $most_later
          RETURN t, o.others AS others
          UNION ALL
          WITH x WHERE itself IS NOT NULL AND x.key IN start.own
          RETURN itself AS t, 0 AS others
        }
        RETURN collect(t) AS undone, count(t) + sum(others) >= $most_later AS is_crowded
      }
      CALL (x, undone, is_crowded) {
        UNWIND CASE WHEN is_crowded THEN [] ELSE undone END AS t
        CALL (x, t) {
          WITH t WHERE NOT t:Pool
          MATCH (u:Wallet)-[s:SENT]->(t)-[o:TO]->()
          WHERE o.wallet = x.key AND s.wallet <> x.key
          RETURN u, CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
          UNION ALL
          WITH t WHERE t:Pool
          MATCH (t)-[p:POOLED_OUT]->(w:Wallet)
          WHERE w = x
          RETURN null AS u, p.net AS value
        }
        WITH u, sum(value) AS value
        RETURN collect(CASE WHEN u IS NOT NULL AND value > 0 THEN {wallet: u, value: value} END) AS gone, sum(value) AS lost
      }
      WITH r, gone, is_crowded, r.total - lost AS total
      WITH *, NOT is_crowded AND total > 0 AS open
      RETURN collect(r {.*, total: total, gone: gone, is_crowded: is_crowded, open: open, flows: CASE WHEN open THEN r.flows ELSE 0 END}) AS rewound
    }
    RETURN [r IN met WHERE NOT r.touched] + rewound AS level_1
  }
  CALL (start, as_of, has_pools, level_1) {
    UNWIND CASE WHEN has_pools THEN level_1 ELSE [] END AS r
    WITH r.wallet AS v, r WHERE r.open
    MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
    WHERE t.withdrawn_at IS NULL AND o.net > 0 AND t.at <= as_of AND t.key <> start.id
    WITH t, collect({
      wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
      mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
    }) AS legs
    RETURN collect({pool: t, legs: legs}) AS pools_1, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_1
  }
  WITH *, spent_1 + pooled_1 + reduce(n = 0, r IN level_1 | n + r.flows) AS spent_2
  CALL (start, as_of, has_pools, itself, level_1, pools_1, spent_2) {
    CALL (level_1, pools_1, spent_2) {
      UNWIND CASE WHEN spent_2 <= $max_flows THEN level_1 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) = 0
      WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      MATCH (u)-[f:FLOW]->(v) WHERE u <> v
      WITH u, v, mass, clean, f.value AS value, f.value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
      UNION ALL
      UNWIND CASE WHEN spent_2 <= $max_flows THEN level_1 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) > 0
      WITH r.wallet AS v, r.gone AS gone, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      CALL (v, gone) {
        CALL (v, gone) {
          MATCH (u)-[f:FLOW]->(v) WHERE u <> v
          RETURN u, f.value AS value
          UNION ALL
          UNWIND gone AS part
          RETURN part.wallet AS u, -part.value AS value
        }
        WITH u, sum(value) AS value WHERE value > 0
        RETURN u, value
      }
      WITH u, v, mass, clean, value, value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
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
      RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean
      UNION ALL
      UNWIND CASE WHEN spent_2 <= $max_flows THEN pools_1 ELSE [] END AS p
      UNWIND p.legs AS leg
      WITH leg WHERE leg.is_dust
      RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean
    }
    WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean
    WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
    WITH *, NOT stops AND total > 0 AND $hops > 2 AS open
    WITH collect({
      wallet: x, level: 2, mass: mass, total: total, is_dust: is_dust, stops: stops, open: open,
      touched: open AND (coalesce(x.last_at > as_of, true) OR (itself IS NOT NULL AND x.key IN start.own)), is_crowded: false, gone: [],
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
    }) AS met
    CALL (start, itself, met) {
      UNWIND [r IN met WHERE r.touched] AS r
      WITH r, r.wallet AS x
      CALL (start, itself, x) {
        CALL (start, itself, x) {
          MATCH (t:Transaction)-[o:TO]->()
          WHERE o.wallet = x.key AND o.at_us > start.as_of AND o.net > 0
          WITH t, o ORDER BY o.wallet, o.at_us, o.net LIMIT $most_later
          RETURN t, o.others AS others
          UNION ALL
          WITH x WHERE itself IS NOT NULL AND x.key IN start.own
          RETURN itself AS t, 0 AS others
        }
        RETURN collect(t) AS undone, count(t) + sum(others) >= $most_later AS is_crowded
      }
      CALL (x, undone, is_crowded) {
        UNWIND CASE WHEN is_crowded THEN [] ELSE undone END AS t
        CALL (x, t) {
          WITH t WHERE NOT t:Pool
          MATCH (u:Wallet)-[s:SENT]->(t)-[o:TO]->()
          WHERE o.wallet = x.key AND s.wallet <> x.key
          RETURN u, CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
          UNION ALL
          WITH t WHERE t:Pool
          MATCH (t)-[p:POOLED_OUT]->(w:Wallet)
          WHERE w = x
          RETURN null AS u, p.net AS value
        }
        WITH u, sum(value) AS value
        RETURN collect(CASE WHEN u IS NOT NULL AND value > 0 THEN {wallet: u, value: value} END) AS gone, sum(value) AS lost
      }
      WITH r, gone, is_crowded, r.total - lost AS total
      WITH *, NOT is_crowded AND total > 0 AS open
      RETURN collect(r {.*, total: total, gone: gone, is_crowded: is_crowded, open: open, flows: CASE WHEN open THEN r.flows ELSE 0 END}) AS rewound
    }
    RETURN [r IN met WHERE NOT r.touched] + rewound AS level_2
  }
  CALL (start, as_of, has_pools, level_2) {
    UNWIND CASE WHEN has_pools THEN level_2 ELSE [] END AS r
    WITH r.wallet AS v, r WHERE r.open
    MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
    WHERE t.withdrawn_at IS NULL AND o.net > 0 AND t.at <= as_of AND t.key <> start.id
    WITH t, collect({
      wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
      mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
    }) AS legs
    RETURN collect({pool: t, legs: legs}) AS pools_2, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_2
  }
  WITH *, spent_2 + pooled_2 + reduce(n = 0, r IN level_2 | n + r.flows) AS spent_3
  CALL (start, as_of, has_pools, itself, level_2, pools_2, spent_3) {
    CALL (level_2, pools_2, spent_3) {
      UNWIND CASE WHEN spent_3 <= $max_flows THEN level_2 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) = 0
      WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      MATCH (u)-[f:FLOW]->(v) WHERE u <> v
      WITH u, v, mass, clean, f.value AS value, f.value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
      UNION ALL
      UNWIND CASE WHEN spent_3 <= $max_flows THEN level_2 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) > 0
      WITH r.wallet AS v, r.gone AS gone, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      CALL (v, gone) {
        CALL (v, gone) {
          MATCH (u)-[f:FLOW]->(v) WHERE u <> v
          RETURN u, f.value AS value
          UNION ALL
          UNWIND gone AS part
          RETURN part.wallet AS u, -part.value AS value
        }
        WITH u, sum(value) AS value WHERE value > 0
        RETURN u, value
      }
      WITH u, v, mass, clean, value, value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
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
      RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean
      UNION ALL
      UNWIND CASE WHEN spent_3 <= $max_flows THEN pools_2 ELSE [] END AS p
      UNWIND p.legs AS leg
      WITH leg WHERE leg.is_dust
      RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean
    }
    WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean
    WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
    WITH *, NOT stops AND total > 0 AND $hops > 3 AS open
    WITH collect({
      wallet: x, level: 3, mass: mass, total: total, is_dust: is_dust, stops: stops, open: open,
      touched: open AND (coalesce(x.last_at > as_of, true) OR (itself IS NOT NULL AND x.key IN start.own)), is_crowded: false, gone: [],
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
    }) AS met
    CALL (start, itself, met) {
      UNWIND [r IN met WHERE r.touched] AS r
      WITH r, r.wallet AS x
      CALL (start, itself, x) {
        CALL (start, itself, x) {
          MATCH (t:Transaction)-[o:TO]->()
          WHERE o.wallet = x.key AND o.at_us > start.as_of AND o.net > 0
          WITH t, o ORDER BY o.wallet, o.at_us, o.net LIMIT $most_later
          RETURN t, o.others AS others
          UNION ALL
          WITH x WHERE itself IS NOT NULL AND x.key IN start.own
          RETURN itself AS t, 0 AS others
        }
        RETURN collect(t) AS undone, count(t) + sum(others) >= $most_later AS is_crowded
      }
      CALL (x, undone, is_crowded) {
        UNWIND CASE WHEN is_crowded THEN [] ELSE undone END AS t
        CALL (x, t) {
          WITH t WHERE NOT t:Pool
          MATCH (u:Wallet)-[s:SENT]->(t)-[o:TO]->()
          WHERE o.wallet = x.key AND s.wallet <> x.key
          RETURN u, CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
          UNION ALL
          WITH t WHERE t:Pool
          MATCH (t)-[p:POOLED_OUT]->(w:Wallet)
          WHERE w = x
          RETURN null AS u, p.net AS value
        }
        WITH u, sum(value) AS value
        RETURN collect(CASE WHEN u IS NOT NULL AND value > 0 THEN {wallet: u, value: value} END) AS gone, sum(value) AS lost
      }
      WITH r, gone, is_crowded, r.total - lost AS total
      WITH *, NOT is_crowded AND total > 0 AS open
      RETURN collect(r {.*, total: total, gone: gone, is_crowded: is_crowded, open: open, flows: CASE WHEN open THEN r.flows ELSE 0 END}) AS rewound
    }
    RETURN [r IN met WHERE NOT r.touched] + rewound AS level_3
  }
  CALL (start, as_of, has_pools, level_3) {
    UNWIND CASE WHEN has_pools THEN level_3 ELSE [] END AS r
    WITH r.wallet AS v, r WHERE r.open
    MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
    WHERE t.withdrawn_at IS NULL AND o.net > 0 AND t.at <= as_of AND t.key <> start.id
    WITH t, collect({
      wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
      mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
    }) AS legs
    RETURN collect({pool: t, legs: legs}) AS pools_3, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_3
  }
  WITH *, spent_3 + pooled_3 + reduce(n = 0, r IN level_3 | n + r.flows) AS spent_4
  CALL (start, as_of, has_pools, itself, level_3, pools_3, spent_4) {
    CALL (level_3, pools_3, spent_4) {
      UNWIND CASE WHEN spent_4 <= $max_flows THEN level_3 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) = 0
      WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      MATCH (u)-[f:FLOW]->(v) WHERE u <> v
      WITH u, v, mass, clean, f.value AS value, f.value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
      UNION ALL
      UNWIND CASE WHEN spent_4 <= $max_flows THEN level_3 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) > 0
      WITH r.wallet AS v, r.gone AS gone, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      CALL (v, gone) {
        CALL (v, gone) {
          MATCH (u)-[f:FLOW]->(v) WHERE u <> v
          RETURN u, f.value AS value
          UNION ALL
          UNWIND gone AS part
          RETURN part.wallet AS u, -part.value AS value
        }
        WITH u, sum(value) AS value WHERE value > 0
        RETURN u, value
      }
      WITH u, v, mass, clean, value, value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
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
      RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean
      UNION ALL
      UNWIND CASE WHEN spent_4 <= $max_flows THEN pools_3 ELSE [] END AS p
      UNWIND p.legs AS leg
      WITH leg WHERE leg.is_dust
      RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean
    }
    WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean
    WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
    WITH *, NOT stops AND total > 0 AND $hops > 4 AS open
    WITH collect({
      wallet: x, level: 4, mass: mass, total: total, is_dust: is_dust, stops: stops, open: open,
      touched: open AND (coalesce(x.last_at > as_of, true) OR (itself IS NOT NULL AND x.key IN start.own)), is_crowded: false, gone: [],
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END,
      flows: CASE WHEN open THEN COUNT { (x)<-[:FLOW]-() } ELSE 0 END
    }) AS met
    CALL (start, itself, met) {
      UNWIND [r IN met WHERE r.touched] AS r
      WITH r, r.wallet AS x
      CALL (start, itself, x) {
        CALL (start, itself, x) {
          MATCH (t:Transaction)-[o:TO]->()
          WHERE o.wallet = x.key AND o.at_us > start.as_of AND o.net > 0
          WITH t, o ORDER BY o.wallet, o.at_us, o.net LIMIT $most_later
          RETURN t, o.others AS others
          UNION ALL
          WITH x WHERE itself IS NOT NULL AND x.key IN start.own
          RETURN itself AS t, 0 AS others
        }
        RETURN collect(t) AS undone, count(t) + sum(others) >= $most_later AS is_crowded
      }
      CALL (x, undone, is_crowded) {
        UNWIND CASE WHEN is_crowded THEN [] ELSE undone END AS t
        CALL (x, t) {
          WITH t WHERE NOT t:Pool
          MATCH (u:Wallet)-[s:SENT]->(t)-[o:TO]->()
          WHERE o.wallet = x.key AND s.wallet <> x.key
          RETURN u, CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
          UNION ALL
          WITH t WHERE t:Pool
          MATCH (t)-[p:POOLED_OUT]->(w:Wallet)
          WHERE w = x
          RETURN null AS u, p.net AS value
        }
        WITH u, sum(value) AS value
        RETURN collect(CASE WHEN u IS NOT NULL AND value > 0 THEN {wallet: u, value: value} END) AS gone, sum(value) AS lost
      }
      WITH r, gone, is_crowded, r.total - lost AS total
      WITH *, NOT is_crowded AND total > 0 AS open
      RETURN collect(r {.*, total: total, gone: gone, is_crowded: is_crowded, open: open, flows: CASE WHEN open THEN r.flows ELSE 0 END}) AS rewound
    }
    RETURN [r IN met WHERE NOT r.touched] + rewound AS level_4
  }
  CALL (start, as_of, has_pools, level_4) {
    UNWIND CASE WHEN has_pools THEN level_4 ELSE [] END AS r
    WITH r.wallet AS v, r WHERE r.open
    MATCH (v)<-[o:POOLED_OUT]-(t:Transaction)
    WHERE t.withdrawn_at IS NULL AND o.net > 0 AND t.at <= as_of AND t.key <> start.id
    WITH t, collect({
      wallet: v, part: 1.0 / (t.value - o.across), is_dust: o.net < $dust * r.total,
      mass: r.mass * o.net / r.total, clean: r.clean * o.net / r.total
    }) AS legs
    RETURN collect({pool: t, legs: legs}) AS pools_4, sum(COUNT { (t)<-[:POOLED_IN]-() }) AS pooled_4
  }
  WITH *, spent_4 + pooled_4 + reduce(n = 0, r IN level_4 | n + r.flows) AS spent_5
  CALL (start, as_of, has_pools, itself, level_4, pools_4, spent_5) {
    CALL (level_4, pools_4, spent_5) {
      UNWIND CASE WHEN spent_5 <= $max_flows THEN level_4 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) = 0
      WITH r.wallet AS v, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      MATCH (u)-[f:FLOW]->(v) WHERE u <> v
      WITH u, v, mass, clean, f.value AS value, f.value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
      UNION ALL
      UNWIND CASE WHEN spent_5 <= $max_flows THEN level_4 ELSE [] END AS r
      WITH r WHERE r.open AND size(r.gone) > 0
      WITH r.wallet AS v, r.gone AS gone, r.mass / r.total AS mass, r.clean / r.total AS clean, $dust * r.total AS dust
      CALL (v, gone) {
        CALL (v, gone) {
          MATCH (u)-[f:FLOW]->(v) WHERE u <> v
          RETURN u, f.value AS value
          UNION ALL
          UNWIND gone AS part
          RETURN part.wallet AS u, -part.value AS value
        }
        WITH u, sum(value) AS value WHERE value > 0
        RETURN u, value
      }
      WITH u, v, mass, clean, value, value < dust AS is_dust
      WITH CASE WHEN NOT is_dust THEN u WHEN $places > 0 THEN v END AS x, is_dust, mass * value AS mass, clean * value AS clean
      RETURN x, is_dust, sum(mass) AS mass, sum(clean) AS clean
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
      RETURN x, false AS is_dust, value * mass AS mass, value * clean AS clean
      UNION ALL
      UNWIND CASE WHEN spent_5 <= $max_flows THEN pools_4 ELSE [] END AS p
      UNWIND p.legs AS leg
      WITH leg WHERE leg.is_dust
      RETURN CASE WHEN $places > 0 THEN leg.wallet END AS x, true AS is_dust, leg.mass AS mass, leg.clean AS clean
    }
    WITH x, is_dust, sum(mass) AS mass, sum(clean) AS clean
    WITH *, is_dust OR x:Illicit OR x:Service AS stops, NOT is_dust AND coalesce(x.category IN $passing, false) AS passes, x.in_value AS total
    RETURN collect({
      wallet: x, level: 5, mass: mass, total: total, is_dust: is_dust, stops: stops, open: false, is_crowded: false, gone: [],
      clean: CASE WHEN passes THEN 0.0 ELSE clean END, passed: CASE WHEN passes THEN clean ELSE 0.0 END, flows: 0
    }) AS level_5
  }
  WITH has_pools, level_0 + level_1 + level_2 + level_3 + level_4 + level_5 AS reached,
    [spent_1, spent_2, spent_3, spent_4, spent_5] AS spent
  WITH *, size([n IN spent WHERE n <= $max_flows]) AS expanded
  WITH *, coalesce(spent[expanded], spent[-1]) AS flows
  UNWIND reached AS r
  WITH has_pools, flows, r, r.wallet AS x, CASE
      WHEN r.is_dust THEN 'dust'
      WHEN r.open AND r.level < expanded THEN 'followed'
      WHEN r.open THEN 'limit'
      WHEN r.stops THEN 'category'
      WHEN r.level = $hops THEN 'hop_limit'
      ELSE 'origin'
    END AS reason
  WITH r, x, reason, flows, CASE WHEN reason <> 'followed' OR x.category IS NOT NULL THEN 0
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
    sum(r.mass) AS share, sum(r.passed) AS passed, sum(CASE WHEN r.is_crowded THEN 1 ELSE 0 END) AS crowded, max(flows) AS flows
  ORDER BY reason = 'followed', share DESC, level, reason, place
  WITH collect({
    level: level, reason: reason, category: category, actor: actor, attribution: attribution, place: place,
    counterparties: counterparties, wallets: wallets, share: share, passed: passed, crowded: crowded, flows: flows
  }) AS rows
  UNWIND range(0, size(rows) - 1) AS i
  WITH rows[i] AS row, CASE WHEN i < $places OR rows[i].reason = 'followed' THEN rows[i].place END AS place
  RETURN row.level AS level, row.reason AS reason, row.category AS category, row.actor AS actor, row.attribution AS attribution,
    place, max(row.counterparties) AS counterparties, sum(row.wallets) AS wallets, sum(row.share) AS share,
    sum(row.passed) AS passed, sum(row.crowded) AS crowded, max(row.flows) AS flows
}
WITH start.id AS id, level, reason, category, actor, attribution, place, counterparties, wallets, share, passed, crowded,
  flows, $max_flows AS max_flows, watermark
ORDER BY id, level, reason, category, actor, attribution, place
RETURN collect({
  id: id, level: level, reason: reason, category: category, actor: actor, attribution: attribution, place: place,
  counterparties: counterparties, wallets: wallets, share: share, passed: passed, crowded: crowded, flows: flows,
  max_flows: max_flows, watermark: watermark
}) AS rows
