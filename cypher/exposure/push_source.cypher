// name:       push_source
// purpose:    Push shares outward from seeds of several kinds, so that every wallet learns how much of its
//             inflow traces to each kind, hop by hop.
// mode:       read
// parameters: categories LIST<STRING>, numbers MAP, kinds INTEGER, origins BOOLEAN, blocked LIST<STRING>, hops INTEGER, size INTEGER
// returns:    level INTEGER, keys LIST<STRING>, shares LIST<LIST>
// complexity: at most 6 levels outward from the seeds, each flow of a reached wallet read once a level; the state is one
//             list of $kinds numbers per reached wallet and level; returned as columns of $size wallets
// index:      wallet_category
//
// Seeds are the wallets of $categories, the kind of each in $numbers, or with $origins those without inflow
// and without a stopping category, all of kind 0. Attributed wallets receive but do not pass on; $blocked names further
// categories that do not pass on. One list per wallet, added up in place, takes a fifth of the time of a row per kind.
CYPHER 25 replan=skip
CALL () {
  MATCH (u:Wallet) WHERE u.category IN $categories
  RETURN u, $numbers[u.category] AS kind
  UNION
  MATCH (u:Wallet) WHERE $origins AND u.in_value = 0 AND NOT (u:Illicit OR u:Service)
  RETURN u, 0 AS kind
}
MATCH (u)-[f:FLOW]->(v) WHERE u <> v AND $hops >= 1
WITH v, collect([kind, toFloat(f.value) / v.in_value]) AS parts
WITH v, [k IN range(0, $kinds - 1) | reduce(s = 0.0, p IN parts | CASE WHEN p[0] = k THEN s + p[1] ELSE s END)] AS shares
WITH collect([v, shares]) AS level_1
CALL (level_1) {
  UNWIND CASE WHEN $hops >= 2 THEN level_1 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)-[f:FLOW]->(v) WHERE u <> v
  WITH v, collect([toFloat(f.value) / v.in_value, shares]) AS parts
  WITH v, [k IN range(0, $kinds - 1) | reduce(s = 0.0, p IN parts | s + p[0] * p[1][k])] AS shares
  RETURN collect([v, shares]) AS level_2
}
CALL (level_2) {
  UNWIND CASE WHEN $hops >= 3 THEN level_2 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)-[f:FLOW]->(v) WHERE u <> v
  WITH v, collect([toFloat(f.value) / v.in_value, shares]) AS parts
  WITH v, [k IN range(0, $kinds - 1) | reduce(s = 0.0, p IN parts | s + p[0] * p[1][k])] AS shares
  RETURN collect([v, shares]) AS level_3
}
CALL (level_3) {
  UNWIND CASE WHEN $hops >= 4 THEN level_3 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)-[f:FLOW]->(v) WHERE u <> v
  WITH v, collect([toFloat(f.value) / v.in_value, shares]) AS parts
  WITH v, [k IN range(0, $kinds - 1) | reduce(s = 0.0, p IN parts | s + p[0] * p[1][k])] AS shares
  RETURN collect([v, shares]) AS level_4
}
CALL (level_4) {
  UNWIND CASE WHEN $hops >= 5 THEN level_4 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)-[f:FLOW]->(v) WHERE u <> v
  WITH v, collect([toFloat(f.value) / v.in_value, shares]) AS parts
  WITH v, [k IN range(0, $kinds - 1) | reduce(s = 0.0, p IN parts | s + p[0] * p[1][k])] AS shares
  RETURN collect([v, shares]) AS level_5
}
CALL (level_5) {
  UNWIND CASE WHEN $hops >= 6 THEN level_5 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS shares
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)-[f:FLOW]->(v) WHERE u <> v
  WITH v, collect([toFloat(f.value) / v.in_value, shares]) AS parts
  WITH v, [k IN range(0, $kinds - 1) | reduce(s = 0.0, p IN parts | s + p[0] * p[1][k])] AS shares
  RETURN collect([v, shares]) AS level_6
}
WITH [level_1, level_2, level_3, level_4, level_5, level_6] AS levels
UNWIND range(0, 5) AS i
WITH i + 1 AS level, levels[i] AS reached
UNWIND CASE WHEN reached = [] THEN [] ELSE range(0, size(reached) - 1, $size) END AS first
WITH level, reached[first..first + $size] AS part
RETURN level, [r IN part | r[0].key] AS keys, [r IN part | r[1]] AS shares
