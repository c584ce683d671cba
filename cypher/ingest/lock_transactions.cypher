// name:       lock_transactions
// purpose:    Take the lock of each transaction key, in the order given (sorted), and tell which are already landed.
// mode:       write
// parameters: keys LIST<STRING>
// returns:    key STRING, seq INTEGER, content STRING, text_salt STRING, text_digest STRING
// complexity: one index look-up per key
// index:      transaction_key
CYPHER 25 replan=skip
UNWIND $keys AS key
MERGE (t:Transaction {key: key})
WITH t WHERE t.seq IS NOT NULL
RETURN t.key AS key, t.seq AS seq, t.content AS content, t.text_salt AS text_salt, t.text_digest AS text_digest
