// name:       widen_subgraph
// purpose:    The wallets one hop beyond a frontier, on either side, most valuable flow first; a pool is one hop.
// mode:       read
// parameters: frontier LIST<STRING>, seen LIST<STRING>, limit INTEGER
// returns:    key STRING, value INTEGER, left_out INTEGER
// complexity: every flow of the frontier and every wallet in its pools is read once; at most $limit wallets come back
// index:      wallet_key
CYPHER 25
UNWIND $frontier AS key
MATCH (w:Wallet {key: key})
CALL (w) {
  MATCH (w)-[f:FLOW]-(v:Wallet)
  WHERE NOT v.key IN $seen
  RETURN v, endNode(f) = v AS is_outward, f.value AS value
  UNION ALL
  MATCH (w)-[s:POOLED_IN]->(t:Transaction)-[o:POOLED_OUT]->(v:Wallet)
  WHERE t.withdrawn_at IS NULL AND NOT v.key IN $seen
  RETURN v, true AS is_outward, toInteger(toFloat(s.value) * o.net / (t.value - o.across)) AS value
  UNION ALL
  MATCH (w)<-[o:POOLED_OUT]-(t:Transaction)<-[s:POOLED_IN]-(v:Wallet)
  WHERE t.withdrawn_at IS NULL AND NOT v.key IN $seen
  RETURN v, false AS is_outward, toInteger(toFloat(s.value) * o.net / (t.value - o.across)) AS value
}
WITH w, v, is_outward, sum(value) AS value WHERE value > 0
WITH v, max(value) AS value ORDER BY value DESC, v.key
WITH collect({key: v.key, value: value}) AS found
UNWIND found[0..$limit] AS row
RETURN row.key AS key, row.value AS value, size(found) - size(found[0..$limit]) AS left_out
ORDER BY value DESC, key
