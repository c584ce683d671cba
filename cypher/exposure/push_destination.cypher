// name:       push_destination
// purpose:    Push the share of one kind of seed outward from it, so that every wallet learns how much of its
//             outflow traces to that kind, hop by hop.
// mode:       read
// parameters: categories LIST<STRING>, origins BOOLEAN, blocked LIST<STRING>, hops INTEGER, size INTEGER
// returns:    level INTEGER, keys LIST<STRING>, shares LIST<FLOAT>
// complexity: at most 6 levels outward from the seeds, each flow of a reached wallet read once a level; the state is one
//             number per reached wallet and level; returned as columns of $size
// index:      wallet_category
//
// Seeds are the wallets of $categories or, with $origins, those without outflow and without a stopping category.
// Attributed wallets receive but do not pass on; $blocked names further categories that do not pass on.
CYPHER 25 replan=skip
CALL () {
  MATCH (u:Wallet) WHERE u.category IN $categories
  RETURN u
  UNION
  MATCH (u:Wallet) WHERE $origins AND u.out_value = 0 AND NOT (u:Illicit OR u:Service)
  RETURN u
}
WITH collect([u, 1.0]) AS level_0
CALL (level_0) {
  UNWIND CASE WHEN $hops >= 1 THEN level_0 ELSE [] END AS r
  WITH r[0] AS u
  MATCH (u)<-[f:FLOW]-(v) WHERE u <> v
  WITH v, sum(toFloat(f.value) / v.out_value) AS share
  RETURN collect([v, share]) AS level_1
}
CALL (level_1) {
  UNWIND CASE WHEN $hops >= 2 THEN level_1 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS share
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)<-[f:FLOW]-(v) WHERE u <> v
  WITH v, sum(share * f.value / v.out_value) AS share
  RETURN collect([v, share]) AS level_2
}
CALL (level_2) {
  UNWIND CASE WHEN $hops >= 3 THEN level_2 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS share
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)<-[f:FLOW]-(v) WHERE u <> v
  WITH v, sum(share * f.value / v.out_value) AS share
  RETURN collect([v, share]) AS level_3
}
CALL (level_3) {
  UNWIND CASE WHEN $hops >= 4 THEN level_3 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS share
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)<-[f:FLOW]-(v) WHERE u <> v
  WITH v, sum(share * f.value / v.out_value) AS share
  RETURN collect([v, share]) AS level_4
}
CALL (level_4) {
  UNWIND CASE WHEN $hops >= 5 THEN level_4 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS share
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)<-[f:FLOW]-(v) WHERE u <> v
  WITH v, sum(share * f.value / v.out_value) AS share
  RETURN collect([v, share]) AS level_5
}
CALL (level_5) {
  UNWIND CASE WHEN $hops >= 6 THEN level_5 ELSE [] END AS r
  WITH r[0] AS u, r[1] AS share
  WHERE NOT (u:Illicit OR u:Service OR coalesce(u.category IN $blocked, false))
  MATCH (u)<-[f:FLOW]-(v) WHERE u <> v
  WITH v, sum(share * f.value / v.out_value) AS share
  RETURN collect([v, share]) AS level_6
}
WITH [level_1, level_2, level_3, level_4, level_5, level_6] AS levels
UNWIND range(0, 5) AS i
WITH i + 1 AS level, levels[i] AS reached
UNWIND CASE WHEN reached = [] THEN [] ELSE range(0, size(reached) - 1, $size) END AS first
WITH level, first, reached[first..first + $size] AS part
RETURN level, [r IN part | r[0].key] AS keys, [r IN part | r[1]] AS shares
