// name:       lock_whole
// purpose:    Take the locks of transactions, in the order given (sorted), and tell the graph's latest number.
// mode:       write
// parameters: keys LIST<STRING>
// returns:    seq INTEGER
// complexity: one index look-up per key
// index:      transaction_key, counter_name
CYPHER 25
CALL () {
  UNWIND $keys AS key
  MERGE (t:Transaction {key: key})
  SET t.key = key
  RETURN count(*) AS locked
}
MATCH (c:Counter {name: 'graph'})
RETURN c.seq AS seq
