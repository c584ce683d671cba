// name:       odd_sums
// purpose:    Of given wallets those whose sums are not what their flows and pools add up to, or whose times are not those
//             of their transactions, with both: in, out (value, count), first and last time, network, address.
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING, expected LIST<ANY>, actual LIST<ANY>
// complexity: the wallets' flows and transactions
// index:      wallet_key
CYPHER 25
UNWIND $keys AS key
MATCH (w:Wallet {key: key})
USING INDEX w:Wallet(key)
CALL (w) {
  MATCH (u)-[f:FLOW]->(w) WHERE u <> w
  RETURN sum(f.value) AS in_value, sum(f.count) AS in_count
}
CALL (w) {
  MATCH (w)-[f:FLOW]->(v) WHERE v <> w
  RETURN sum(f.value) AS out_value, sum(f.count) AS out_count
}
CALL (w) {
  MATCH (t:Pool)-[r:POOLED_OUT]->(w) WHERE t.withdrawn_at IS NULL
  RETURN sum(r.net) AS pooled_in,
    sum(COUNT { (t)<-[:POOLED_IN]-() } - CASE WHEN r.across > 0 THEN 1 ELSE 0 END) AS payers
}
CALL (w) {
  MATCH (w)-[r:POOLED_IN]->(t:Pool) WHERE t.withdrawn_at IS NULL
  RETURN sum(r.net) AS pooled_out,
    sum(COUNT { (t)-[:POOLED_OUT]->() } - CASE WHEN r.across > 0 THEN 1 ELSE 0 END) AS payees
}
CALL (w) {
  MATCH (w)-[:SENT|TO]-(t:Transaction) WHERE t.seq IS NOT NULL AND t.withdrawn_at IS NULL
  RETURN min(t.at) AS first_at, max(t.at) AS last_at
}
WITH key, w, split(key, ':')[0] AS network,
  [in_value + pooled_in, in_count + payers, out_value + pooled_out, out_count + payees,
   coalesce(first_at.epochSeconds * 1000000 + first_at.microsecond, 'never'),
   coalesce(last_at.epochSeconds * 1000000 + last_at.microsecond, 'never')] AS sums
WITH key, sums + [network, substring(key, size(network) + 1)] AS expected,
  [w.in_value, w.in_count, w.out_value, w.out_count,
   coalesce(w.first_at.epochSeconds * 1000000 + w.first_at.microsecond, 'never'),
   coalesce(w.last_at.epochSeconds * 1000000 + w.last_at.microsecond, 'never'), w.network, w.address] AS actual
WHERE coalesce(expected <> actual, true)
RETURN key, expected, actual ORDER BY key
