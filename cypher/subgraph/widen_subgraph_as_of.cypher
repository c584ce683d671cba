// name:       widen_subgraph_as_of
// purpose:    widen_subgraph as of a time and as it was known at another, from transactions.
// mode:       read
// parameters: frontier LIST<STRING>, seen LIST<STRING>, limit INTEGER, as_of DATETIME, known_at DATETIME
// returns:    key STRING, value INTEGER, left_out INTEGER
// complexity: every transaction of the frontier and every wallet in its pools is read once; at most $limit wallets come back
// index:      wallet_key
CYPHER 25
UNWIND $frontier AS key
MATCH (w:Wallet {key: key})
CALL (w) {
  MATCH (w)-[s:SENT|POOLED_IN]->(t:Transaction)-[o:TO|POOLED_OUT]->(v:Wallet)
  RETURN v, t, s, o, true AS is_outward
  UNION ALL
  MATCH (w)<-[o:TO|POOLED_OUT]-(t:Transaction)<-[s:SENT|POOLED_IN]-(v:Wallet)
  RETURN v, t, s, o, false AS is_outward
}
WITH w, v, t, s, o, is_outward
WHERE NOT v.key IN $seen AND (t:Pool) = (s:POOLED_IN) AND (t:Pool) = (o:POOLED_OUT)
  AND CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
    WHEN t.earlier_at IS NULL THEN null
    ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
      AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END <= $as_of
WITH w, v, is_outward, sum(CASE WHEN t:Pool THEN toInteger(toFloat(s.value) * o.net / (t.value - o.across))
    WHEN t.splits IS NULL THEN t.value
    ELSE t.splits[o.position * t.inputs + s.position] END) AS value
WHERE value > 0
WITH v, max(value) AS value ORDER BY value DESC, v.key
WITH collect({key: v.key, value: value}) AS found
UNWIND found[0..$limit] AS row
RETURN row.key AS key, row.value AS value, size(found) - size(found[0..$limit]) AS left_out
ORDER BY value DESC, key
