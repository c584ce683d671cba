// name:       flows_between
// purpose:    The flows among the given wallets, most valuable first; what went through a pool counts as between wallets.
// mode:       read
// parameters: keys LIST<STRING>, limit INTEGER
// returns:    source STRING, target STRING, value INTEGER, count INTEGER, first_at DATETIME, last_at DATETIME
// complexity: every outward flow of the given wallets, and every payee of their pools, is read once; at most $limit come back
// index:      wallet_key
//
// A payee's part of a payer's value in a pool is seen from the payee, as on the source side of exposure.
CYPHER 25
UNWIND $keys AS key
MATCH (u:Wallet {key: key})
CALL (u) {
  MATCH (u)-[f:FLOW]->(v:Wallet)
  WHERE v.key IN $keys
  RETURN v, f.value AS value, f.count AS count, f.first_at AS first_at, f.last_at AS last_at
  UNION ALL
  MATCH (u)-[s:POOLED_IN]->(t:Transaction)-[o:POOLED_OUT]->(v:Wallet)
  WHERE v.key IN $keys AND u <> v AND t.withdrawn_at IS NULL
  WITH v, t, toInteger(toFloat(s.value) * o.net / (t.value - o.across)) AS value WHERE value > 0
  RETURN v, value, 1 AS count, t.at AS first_at, t.at AS last_at
}
RETURN u.key AS source, v.key AS target, sum(value) AS value, sum(count) AS count, min(first_at) AS first_at,
  max(last_at) AS last_at
ORDER BY value DESC, source, target LIMIT $limit
