// name:       widen_subgraph
// purpose:    The wallets one hop beyond a frontier, on either side, most valuable flow first.
// mode:       read
// parameters: frontier LIST<STRING>, seen LIST<STRING>, limit INTEGER
// returns:    key STRING, value INTEGER, left_out INTEGER
// complexity: every flow of the frontier is read once; at most $limit wallets come back
// index:      wallet_key
CYPHER 25
UNWIND $frontier AS key
MATCH (w:Wallet {key: key})-[f:FLOW]-(o:Wallet)
WHERE NOT o.key IN $seen
WITH o, max(f.value) AS value ORDER BY value DESC, o.key
WITH collect({key: o.key, value: value}) AS found
UNWIND found[0..$limit] AS row
RETURN row.key AS key, row.value AS value, size(found) - size(found[0..$limit]) AS left_out
ORDER BY value DESC, key
