// name:       wallet_keys
// purpose:    The keys of wallets in order, those beyond one.
// mode:       read
// parameters: after STRING, limit INTEGER
// returns:    keys LIST<STRING>
// complexity: a stretch of an index
// index:      wallet_key
CYPHER 25
MATCH (w:Wallet)
USING INDEX w:Wallet(key)
WHERE w.key > $after
WITH w.key AS key ORDER BY key LIMIT $limit
RETURN collect(key) AS keys
