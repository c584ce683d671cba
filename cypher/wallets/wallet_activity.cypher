// name:       wallet_activity
// purpose:    What a wallet received and sent in each day, week or month, from its newest $limit movements of each side.
// mode:       read
// parameters: key STRING, since INTEGER, until INTEGER, unit STRING, limit INTEGER
// returns:    starts_at DATETIME, in_value INTEGER, out_value INTEGER, in_count INTEGER, out_count INTEGER
// complexity: at most $limit index entries of one wallet on each side, summed by day first
// index:      sent_history, received_history
//
// Entries are there only while their transaction counts and moved value between others; what nobody paid adds to no sum.
// The first of January of the year 1 was a Monday, so days are counted from there.
CYPHER 25
CALL () {
  MATCH ()-[s:SENT]->()
  USING INDEX SEEK s:SENT(wallet, at_us, net)
  WHERE s.wallet = $key AND s.at_us >= $since AND s.at_us <= $until AND s.net > 0
  WITH s ORDER BY s.wallet DESC, s.at_us DESC, s.net DESC LIMIT $limit
  RETURN (s.at_us + 62135596800000000) / 86400000000 AS day, 0 AS received, s.net AS sent, 0 AS receipts, 1 AS payments
  UNION ALL
  MATCH ()-[o:TO]->()
  USING INDEX SEEK o:TO(wallet, at_us, net)
  WHERE o.wallet = $key AND o.at_us >= $since AND o.at_us <= $until AND o.net > 0 AND o.others > 0
  WITH o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT $limit
  RETURN (o.at_us + 62135596800000000) / 86400000000 AS day, o.net AS received, 0 AS sent, 1 AS receipts, 0 AS payments
}
WITH day, sum(received) AS received, sum(sent) AS sent, sum(receipts) AS receipts, sum(payments) AS payments
WITH datetime.truncate($unit, datetime({year: 1}) + duration({days: day})) AS starts_at, received, sent, receipts, payments
RETURN starts_at, sum(received) AS in_value, sum(sent) AS out_value, sum(receipts) AS in_count, sum(payments) AS out_count
ORDER BY starts_at
