// name:       lock_transactions
// purpose:    Take the lock of each transaction key, in the order given (sorted), and tell which are already landed:
//             key, seq, value, content, text salt, text digest, content without its time, whether withdrawn, when it was
//             recorded (microseconds); in one row.
// mode:       write
// parameters: keys LIST<STRING>
// returns:    known LIST<LIST>
// complexity: one index look-up per key
// index:      transaction_key
//
// MERGE does not lock what it finds. One that is withdrawn may land again, so it is locked and looked at once more.
CYPHER 25 replan=skip
UNWIND $keys AS key
MERGE (t:Transaction {key: key})
WITH t WHERE t.seq IS NOT NULL
CALL (t) {
  WITH t WHERE t.withdrawn_at IS NOT NULL
  SET t.key = t.key
}
RETURN collect([t.key, t.seq, t.value, t.content, t.text_salt, t.text_digest, t.timeless, t.withdrawn_at IS NOT NULL,
  t.recorded_at.epochSeconds * 1000000 + t.recorded_at.microsecond]) AS known
