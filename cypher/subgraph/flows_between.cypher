// name:       flows_between
// purpose:    The flows among the given wallets, most valuable first.
// mode:       read
// parameters: keys LIST<STRING>, limit INTEGER
// returns:    source STRING, target STRING, value INTEGER, count INTEGER, first_at DATETIME, last_at DATETIME
// complexity: every outward flow of the given wallets is read once; at most $limit come back
// index:      wallet_key
CYPHER 25
UNWIND $keys AS key
MATCH (u:Wallet {key: key})-[f:FLOW]->(v:Wallet)
WHERE v.key IN $keys
RETURN u.key AS source, v.key AS target, f.value AS value, f.count AS count, f.first_at AS first_at, f.last_at AS last_at
ORDER BY value DESC, source, target LIMIT $limit
