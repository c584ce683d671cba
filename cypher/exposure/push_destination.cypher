// name:       push_destination
// purpose:    Push shares outward from seeds of several kinds, so that every wallet learns how much of its
//             outflow traces to each kind, hop by hop.
// mode:       read
// parameters: categories LIST<STRING>, numbers MAP, kinds INTEGER, origins BOOLEAN, blocked LIST<STRING>, hops INTEGER, size INTEGER
// returns:    level INTEGER, keys LIST<STRING>, shares LIST<LIST>
// complexity: at most 6 levels outward from the seeds, each flow of a reached wallet and both sides of its pools read once a
//             level; the state is one list of $kinds numbers per reached wallet and level; returned as columns of $size wallets
// index:      wallet_category
//
// Seeds are the wallets of $categories, the kind of each in $numbers, or with $origins those without outflow
// and without a stopping category, all of kind 0. Attributed wallets receive but do not pass on; $blocked names further
// categories that do not pass on. One list per wallet, added up in place, takes a fifth of the time of a row per kind.
//
// Shares are integers of 2^-60: such sums do not depend on their order, so that a run can be computed again to the same
// bytes. Each part is rounded up: what was met never vanishes. A pool is summed once, less what a wallet gave itself.
// A withdrawal may empty a wallet while this is read: then nothing can be shared out there, and its mark tells of it.
CYPHER 25 replan=skip
CALL () {
  MATCH (u:Wallet) WHERE u.category IN $categories
  RETURN u, $numbers[u.category] AS kind
  UNION
  MATCH (u:Wallet) WHERE $origins AND u.out_value = 0 AND NOT (u:Illicit OR u:Service)
  RETURN u, 0 AS kind
}
WITH collect([u, [k IN range(0, $kinds - 1) | CASE WHEN k = kind THEN 1152921504606846976 ELSE 0 END]]) AS level_0,
  EXISTS { (:Pool) } AS is_pooled
CALL (level_0, is_pooled) {
  UNWIND CASE WHEN $hops >= 1 THEN level_0 ELSE [] END AS r
  WITH is_pooled, r[0] AS u, r[1] AS shares
  WITH is_pooled, collect([u, shares]) AS given
  CALL (is_pooled, given) {
    UNWIND given AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[f:FLOW]-(v) WHERE u <> v AND v.out_value > 0
    RETURN v, toFloat(f.value) / v.out_value AS weight, shares
    UNION ALL
    UNWIND CASE WHEN is_pooled THEN given ELSE [] END AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[i:POOLED_OUT]-(t:Pool) WHERE t.withdrawn_at IS NULL AND i.value > 0
    WITH t, collect([u, [s IN shares | toInteger(ceil(toFloat(i.value) / t.value * s))]]) AS parts
    WITH t, parts, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + p[1][k])] AS whole
    CALL (t, parts) {
      UNWIND parts AS p
      RETURN p[0] AS v, p[1] AS own, null AS weight
      UNION ALL
      MATCH (t)<-[o:POOLED_IN]-(v) WHERE o.net > 0 AND v.out_value > 0
      RETURN v, null AS own, toFloat(o.net) / (t.value - o.across) * t.value / v.out_value AS weight
    }
    WITH t, v, whole, max(weight) AS weight, collect(own) AS own WHERE weight IS NOT NULL
    RETURN v, weight, CASE WHEN own = [] THEN whole ELSE [k IN range(0, $kinds - 1) | whole[k] - own[0][k]] END AS shares
  }
  WITH v, collect([weight, shares]) AS parts
  RETURN collect([v, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + toInteger(ceil(p[0] * p[1][k])))]]) AS level_1
}
CALL (level_1, is_pooled) {
  UNWIND CASE WHEN $hops >= 2 THEN level_1 ELSE [] END AS r
  WITH is_pooled, r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  WITH is_pooled, collect([u, shares]) AS given
  CALL (is_pooled, given) {
    UNWIND given AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[f:FLOW]-(v) WHERE u <> v AND v.out_value > 0
    RETURN v, toFloat(f.value) / v.out_value AS weight, shares
    UNION ALL
    UNWIND CASE WHEN is_pooled THEN given ELSE [] END AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[i:POOLED_OUT]-(t:Pool) WHERE t.withdrawn_at IS NULL AND i.value > 0
    WITH t, collect([u, [s IN shares | toInteger(ceil(toFloat(i.value) / t.value * s))]]) AS parts
    WITH t, parts, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + p[1][k])] AS whole
    CALL (t, parts) {
      UNWIND parts AS p
      RETURN p[0] AS v, p[1] AS own, null AS weight
      UNION ALL
      MATCH (t)<-[o:POOLED_IN]-(v) WHERE o.net > 0 AND v.out_value > 0
      RETURN v, null AS own, toFloat(o.net) / (t.value - o.across) * t.value / v.out_value AS weight
    }
    WITH t, v, whole, max(weight) AS weight, collect(own) AS own WHERE weight IS NOT NULL
    RETURN v, weight, CASE WHEN own = [] THEN whole ELSE [k IN range(0, $kinds - 1) | whole[k] - own[0][k]] END AS shares
  }
  WITH v, collect([weight, shares]) AS parts
  RETURN collect([v, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + toInteger(ceil(p[0] * p[1][k])))]]) AS level_2
}
CALL (level_2, is_pooled) {
  UNWIND CASE WHEN $hops >= 3 THEN level_2 ELSE [] END AS r
  WITH is_pooled, r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  WITH is_pooled, collect([u, shares]) AS given
  CALL (is_pooled, given) {
    UNWIND given AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[f:FLOW]-(v) WHERE u <> v AND v.out_value > 0
    RETURN v, toFloat(f.value) / v.out_value AS weight, shares
    UNION ALL
    UNWIND CASE WHEN is_pooled THEN given ELSE [] END AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[i:POOLED_OUT]-(t:Pool) WHERE t.withdrawn_at IS NULL AND i.value > 0
    WITH t, collect([u, [s IN shares | toInteger(ceil(toFloat(i.value) / t.value * s))]]) AS parts
    WITH t, parts, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + p[1][k])] AS whole
    CALL (t, parts) {
      UNWIND parts AS p
      RETURN p[0] AS v, p[1] AS own, null AS weight
      UNION ALL
      MATCH (t)<-[o:POOLED_IN]-(v) WHERE o.net > 0 AND v.out_value > 0
      RETURN v, null AS own, toFloat(o.net) / (t.value - o.across) * t.value / v.out_value AS weight
    }
    WITH t, v, whole, max(weight) AS weight, collect(own) AS own WHERE weight IS NOT NULL
    RETURN v, weight, CASE WHEN own = [] THEN whole ELSE [k IN range(0, $kinds - 1) | whole[k] - own[0][k]] END AS shares
  }
  WITH v, collect([weight, shares]) AS parts
  RETURN collect([v, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + toInteger(ceil(p[0] * p[1][k])))]]) AS level_3
}
CALL (level_3, is_pooled) {
  UNWIND CASE WHEN $hops >= 4 THEN level_3 ELSE [] END AS r
  WITH is_pooled, r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  WITH is_pooled, collect([u, shares]) AS given
  CALL (is_pooled, given) {
    UNWIND given AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[f:FLOW]-(v) WHERE u <> v AND v.out_value > 0
    RETURN v, toFloat(f.value) / v.out_value AS weight, shares
    UNION ALL
    UNWIND CASE WHEN is_pooled THEN given ELSE [] END AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[i:POOLED_OUT]-(t:Pool) WHERE t.withdrawn_at IS NULL AND i.value > 0
    WITH t, collect([u, [s IN shares | toInteger(ceil(toFloat(i.value) / t.value * s))]]) AS parts
    WITH t, parts, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + p[1][k])] AS whole
    CALL (t, parts) {
      UNWIND parts AS p
      RETURN p[0] AS v, p[1] AS own, null AS weight
      UNION ALL
      MATCH (t)<-[o:POOLED_IN]-(v) WHERE o.net > 0 AND v.out_value > 0
      RETURN v, null AS own, toFloat(o.net) / (t.value - o.across) * t.value / v.out_value AS weight
    }
    WITH t, v, whole, max(weight) AS weight, collect(own) AS own WHERE weight IS NOT NULL
    RETURN v, weight, CASE WHEN own = [] THEN whole ELSE [k IN range(0, $kinds - 1) | whole[k] - own[0][k]] END AS shares
  }
  WITH v, collect([weight, shares]) AS parts
  RETURN collect([v, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + toInteger(ceil(p[0] * p[1][k])))]]) AS level_4
}
CALL (level_4, is_pooled) {
  UNWIND CASE WHEN $hops >= 5 THEN level_4 ELSE [] END AS r
  WITH is_pooled, r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  WITH is_pooled, collect([u, shares]) AS given
  CALL (is_pooled, given) {
    UNWIND given AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[f:FLOW]-(v) WHERE u <> v AND v.out_value > 0
    RETURN v, toFloat(f.value) / v.out_value AS weight, shares
    UNION ALL
    UNWIND CASE WHEN is_pooled THEN given ELSE [] END AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[i:POOLED_OUT]-(t:Pool) WHERE t.withdrawn_at IS NULL AND i.value > 0
    WITH t, collect([u, [s IN shares | toInteger(ceil(toFloat(i.value) / t.value * s))]]) AS parts
    WITH t, parts, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + p[1][k])] AS whole
    CALL (t, parts) {
      UNWIND parts AS p
      RETURN p[0] AS v, p[1] AS own, null AS weight
      UNION ALL
      MATCH (t)<-[o:POOLED_IN]-(v) WHERE o.net > 0 AND v.out_value > 0
      RETURN v, null AS own, toFloat(o.net) / (t.value - o.across) * t.value / v.out_value AS weight
    }
    WITH t, v, whole, max(weight) AS weight, collect(own) AS own WHERE weight IS NOT NULL
    RETURN v, weight, CASE WHEN own = [] THEN whole ELSE [k IN range(0, $kinds - 1) | whole[k] - own[0][k]] END AS shares
  }
  WITH v, collect([weight, shares]) AS parts
  RETURN collect([v, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + toInteger(ceil(p[0] * p[1][k])))]]) AS level_5
}
CALL (level_5, is_pooled) {
  UNWIND CASE WHEN $hops >= 6 THEN level_5 ELSE [] END AS r
  WITH is_pooled, r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  WITH is_pooled, collect([u, shares]) AS given
  CALL (is_pooled, given) {
    UNWIND given AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[f:FLOW]-(v) WHERE u <> v AND v.out_value > 0
    RETURN v, toFloat(f.value) / v.out_value AS weight, shares
    UNION ALL
    UNWIND CASE WHEN is_pooled THEN given ELSE [] END AS g
    WITH g[0] AS u, g[1] AS shares
    MATCH (u)<-[i:POOLED_OUT]-(t:Pool) WHERE t.withdrawn_at IS NULL AND i.value > 0
    WITH t, collect([u, [s IN shares | toInteger(ceil(toFloat(i.value) / t.value * s))]]) AS parts
    WITH t, parts, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + p[1][k])] AS whole
    CALL (t, parts) {
      UNWIND parts AS p
      RETURN p[0] AS v, p[1] AS own, null AS weight
      UNION ALL
      MATCH (t)<-[o:POOLED_IN]-(v) WHERE o.net > 0 AND v.out_value > 0
      RETURN v, null AS own, toFloat(o.net) / (t.value - o.across) * t.value / v.out_value AS weight
    }
    WITH t, v, whole, max(weight) AS weight, collect(own) AS own WHERE weight IS NOT NULL
    RETURN v, weight, CASE WHEN own = [] THEN whole ELSE [k IN range(0, $kinds - 1) | whole[k] - own[0][k]] END AS shares
  }
  WITH v, collect([weight, shares]) AS parts
  RETURN collect([v, [k IN range(0, $kinds - 1) | reduce(s = 0, p IN parts | s + toInteger(ceil(p[0] * p[1][k])))]]) AS level_6
}
WITH [level_1, level_2, level_3, level_4, level_5, level_6] AS levels
UNWIND range(0, 5) AS i
WITH i + 1 AS level, levels[i] AS reached
UNWIND CASE WHEN reached = [] THEN [] ELSE range(0, size(reached) - 1, $size) END AS first
WITH level, reached[first..first + $size] AS part
RETURN level, [r IN part | r[0].key] AS keys, [r IN part | r[1]] AS shares
