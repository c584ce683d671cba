// name:       transactions_since
// purpose:    What landed, landed again or was withdrawn after a watermark and moved money of given wallets: of each wallet
//             the 3 most valuable.
// mode:       read
// parameters: wallets LIST<STRING>, after INTEGER, limit INTEGER
// returns:    wallet STRING, id STRING, kind STRING, seq INTEGER, value INTEGER, recorded_at DATETIME
// complexity: the latest $limit transactions of either index and their parties
// index:      transaction_seq, transaction_withdrawn
CYPHER 25
CALL () {
  MATCH (t:Transaction) WHERE t.seq > $after
  RETURN t ORDER BY t.seq DESC LIMIT $limit
  UNION
  MATCH (t:Transaction) WHERE t.withdrawn_seq > $after
  RETURN t ORDER BY t.withdrawn_seq DESC LIMIT $limit
}
MATCH (t)-[:SENT|TO]-(w:Wallet) WHERE w.key IN $wallets
WITH DISTINCT w, t, coalesce(t.withdrawn_seq > $after, false) AS is_withdrawn
WITH w, t, CASE WHEN is_withdrawn THEN 'withdrawn' WHEN t.earlier_seq IS NULL THEN 'landed' ELSE 'relanded' END AS kind,
  CASE WHEN is_withdrawn THEN t.withdrawn_seq ELSE t.seq END AS seq
ORDER BY t.value DESC, t.key
WITH w, collect({id: t.key, kind: kind, seq: seq, value: t.value, recorded_at: t.recorded_at})[..3] AS found
UNWIND found AS one
RETURN w.key AS wallet, one.id AS id, one.kind AS kind, one.seq AS seq, one.value AS value, one.recorded_at AS recorded_at
ORDER BY wallet, value DESC, id
