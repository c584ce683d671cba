// name:       flows_between_as_of
// purpose:    flows_between as of a time and as it was known at another, from transactions.
// mode:       read
// parameters: keys LIST<STRING>, limit INTEGER, as_of DATETIME, known_at DATETIME
// returns:    source STRING, target STRING, value INTEGER, count INTEGER, first_at DATETIME, last_at DATETIME
// complexity: every transaction that the given wallets paid, and its payees, is read once; at most $limit come back
// index:      wallet_key
CYPHER 25
UNWIND $keys AS key
MATCH (u:Wallet {key: key})-[s:SENT|POOLED_IN]->(t:Transaction)-[o:TO|POOLED_OUT]->(v:Wallet)
WHERE v.key IN $keys AND (t:Pool) = (s:POOLED_IN) AND (t:Pool) = (o:POOLED_OUT) AND (u <> v OR NOT t:Pool)
WITH u, v, t, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
    WHEN t.earlier_at IS NULL THEN null
    ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
      AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
  CASE WHEN t:Pool THEN toInteger(toFloat(s.value) * o.net / (t.value - o.across))
    WHEN t.splits IS NULL THEN t.value
    ELSE t.splits[o.position * t.inputs + s.position] END AS value
WHERE at <= $as_of AND value > 0
RETURN u.key AS source, v.key AS target, sum(value) AS value, count(DISTINCT t) AS count, min(at) AS first_at,
  max(at) AS last_at
ORDER BY value DESC, source, target LIMIT $limit
