// name:       recent_transactions
// purpose:    The keys and numbers of transactions that landed beyond a number, in that order.
// mode:       read
// parameters: after INTEGER, limit INTEGER
// returns:    keys LIST<STRING>, last INTEGER
// complexity: a stretch of an index
// index:      transaction_seq
CYPHER 25
MATCH (t:Transaction)
USING INDEX t:Transaction(seq)
WHERE t.seq > $after
WITH t.key AS key, t.seq AS seq ORDER BY seq LIMIT $limit
RETURN collect(key) AS keys, max(seq) AS last
