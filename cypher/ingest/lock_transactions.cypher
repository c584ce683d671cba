// name:       lock_transactions
// purpose:    Take the lock of each transaction key, in the order given (sorted), and tell which are already landed:
//             key, seq, content, text salt and text digest of each, in one row.
// mode:       write
// parameters: keys LIST<STRING>
// returns:    known LIST<LIST>
// complexity: one index look-up per key
// index:      transaction_key
CYPHER 25 replan=skip
UNWIND $keys AS key
MERGE (t:Transaction {key: key})
WITH t WHERE t.seq IS NOT NULL
RETURN collect([t.key, t.seq, t.content, t.text_salt, t.text_digest]) AS known
