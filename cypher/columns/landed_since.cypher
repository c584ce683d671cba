// name:       landed_since
// purpose:    Whether what landed up to a number is as it was then: how many transactions landed since, how many of them
//             landed again, how many were withdrawn, and how many there are in all.
// mode:       read
// parameters: after INTEGER, until INTEGER
// returns:    landed INTEGER, later INTEGER, again INTEGER, withdrawn INTEGER, transactions INTEGER
// complexity: a stretch of each of two indexes, and a count that is kept
// index:      transaction_seq, transaction_withdrawn
//
// `later` have landed after `until`.
CYPHER 25
CALL () {
  MATCH (t:Transaction) WHERE t.seq > $after
  RETURN count(CASE WHEN t.seq <= $until THEN 1 END) AS landed, count(CASE WHEN t.seq > $until THEN 1 END) AS later,
    count(t.earlier_at) AS again
}
CALL () {
  MATCH (t:Transaction) WHERE t.withdrawn_seq > $after
  RETURN count(t) AS withdrawn
}
CALL () {
  MATCH (t:Transaction)
  RETURN count(t) AS transactions
}
RETURN landed, later, again, withdrawn, transactions
