// name:       changed_payments
// purpose:    Transactions of some networks that landed, landed again or were withdrawn between two numbers, in that order.
// mode:       read
// parameters: networks LIST<STRING>, after INTEGER, until INTEGER, limit INTEGER
// returns:    key STRING, seq INTEGER
// complexity: a stretch of each of two indexes
// index:      transaction_seq, transaction_withdrawn
CYPHER 25
CALL () {
  MATCH (t:Transaction) WHERE t.seq > $after AND t.seq <= $until AND t.network IN $networks
  RETURN t.key AS key, t.seq AS seq ORDER BY seq, key LIMIT $limit
  UNION ALL
  MATCH (t:Transaction) WHERE t.withdrawn_seq > $after AND t.withdrawn_seq <= $until AND t.network IN $networks
  RETURN t.key AS key, t.withdrawn_seq AS seq ORDER BY seq, key LIMIT $limit
}
RETURN key, seq ORDER BY seq, key LIMIT $limit
