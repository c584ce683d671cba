// name:       odd_flows
// purpose:    Of given wallets those whose flows are not what their transactions add up to, with both: lists of payee,
//             value, count, first and last time (microseconds).
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING, expected LIST<LIST>, actual LIST<LIST>
// complexity: what the wallets sent, and their flows
// index:      wallet_key
//
// The splits of a transaction may be 20,000 numbers: they are read once for each of its payers, not once a pair.
CYPHER 25
UNWIND $keys AS key
MATCH (u:Wallet {key: key})
USING INDEX u:Wallet(key)
CALL (u) {
  MATCH (u)-[s:SENT]->(t:Transaction)
  WHERE t.seq IS NOT NULL AND t.withdrawn_at IS NULL AND NOT t:Pool
  WITH t, s.position AS place, t.at AS at, t.value AS value, t.splits AS splits, t.inputs AS inputs
  MATCH (t)-[o:TO]->(v:Wallet)
  WITH t, v, at, sum(CASE WHEN splits IS NULL THEN value ELSE splits[o.position * inputs + place] END) AS value
  WHERE value > 0
  WITH v.key AS payee, sum(value) AS value, count(*) AS count, min(at) AS first_at, max(at) AS last_at ORDER BY payee
  RETURN collect([payee, value, count, first_at.epochSeconds * 1000000 + first_at.microsecond,
    last_at.epochSeconds * 1000000 + last_at.microsecond]) AS expected
}
CALL (u) {
  MATCH (u)-[f:FLOW]->(v)
  WITH v.key AS payee, f ORDER BY payee, f.value
  RETURN collect([payee, f.value, f.count, f.first_at.epochSeconds * 1000000 + f.first_at.microsecond,
    f.last_at.epochSeconds * 1000000 + f.last_at.microsecond]) AS actual
}
WITH key, expected, actual WHERE coalesce(expected <> actual, true)
RETURN key, expected, actual ORDER BY key
