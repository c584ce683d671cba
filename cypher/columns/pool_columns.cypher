// name:       pool_columns
// purpose:    Pools that landed after a number and were known at a time, with both of their sides, each a list of wallet,
//             value, net and across, all of their parties, time (microseconds since 1970) and number of landing; the value
//             is 0 where the pool did not count then.
// mode:       read
// parameters: after INTEGER, as_of DATETIME, known_at DATETIME
// returns:    value INTEGER, inputs LIST<LIST>, outputs LIST<LIST>, parties LIST<STRING>, time INTEGER, seq INTEGER
// complexity: every pool and its wallets read once
// index:      none
CYPHER 25
MATCH (t:Pool) WHERE t.seq > $after AND coalesce(t.earlier_recorded_at[0], t.recorded_at) <= $known_at
WITH t, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
    WHEN t.earlier_at IS NULL THEN null
    ELSE head([i IN range(0, size(t.earlier_at) - 1)
      WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at
WHERE at IS NULL OR at <= $as_of
RETURN CASE WHEN at IS NULL THEN 0 ELSE t.value END AS value,
  COLLECT { MATCH (u:Wallet)-[r:POOLED_IN]->(t) RETURN [u.key, r.value, r.net, r.across] } AS inputs,
  COLLECT { MATCH (t)-[r:POOLED_OUT]->(v:Wallet) RETURN [v.key, r.value, r.net, r.across] } AS outputs,
  COLLECT { MATCH (w:Wallet)-[:SENT|TO]-(t) RETURN DISTINCT w.key } AS parties,
  coalesce(at.epochSeconds * 1000000 + at.microsecond, 0) AS time, t.seq AS seq
ORDER BY t.key
