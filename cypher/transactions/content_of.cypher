// name:       content_of
// purpose:    The content digests of the given transactions, to compare decisions with.
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING, content STRING, text_digest STRING
// complexity: one index look-up per key
// index:      transaction_key
CYPHER 25
UNWIND $keys AS key
MATCH (t:Transaction {key: key})
USING INDEX t:Transaction(key)
WHERE t.seq IS NOT NULL
RETURN t.key AS key, t.content AS content, t.text_digest AS text_digest
ORDER BY key
