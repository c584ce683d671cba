// name:       transaction_keys
// purpose:    The keys of landed transactions in order of key, those beyond one.
// mode:       read
// parameters: after STRING, limit INTEGER
// returns:    keys LIST<STRING>
// complexity: a stretch of an index
// index:      transaction_key
CYPHER 25
MATCH (t:Transaction)
USING INDEX t:Transaction(key)
WHERE t.key > $after AND t.seq IS NOT NULL
WITH t.key AS key ORDER BY key LIMIT $limit
RETURN collect(key) AS keys
