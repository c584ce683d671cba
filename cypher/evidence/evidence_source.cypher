// name:       evidence_source
// purpose:    Every pair of payer and payee behind the inflow of wallets, as the graph held it at a watermark.
// mode:       read
// parameters: keys LIST<STRING>, excluded STRING, as_of DATETIME, watermark INTEGER, each INTEGER
// returns:    wallet STRING, other STRING, transaction STRING, seq INTEGER, at DATETIME, pool BOOLEAN
// complexity: every transaction that paid the wallets is read once; at most $each pairs a wallet come back
// index:      wallet_key
//
// The landing that counted is the one whose span holds the watermark: as in exposure_source_as_of, by seq and not by time.
CYPHER 25
UNWIND $keys AS key
MATCH (v:Wallet {key: key})
CALL (v) {
  MATCH (v)<-[:TO]-(t:Transaction)
  WHERE t.key <> $excluded
  WITH DISTINCT v, t, CASE
      WHEN t.seq <= $watermark AND (t.withdrawn_at IS NULL OR t.withdrawn_seq > $watermark) THEN {seq: t.seq, at: t.at}
      WHEN t.earlier_seq IS NULL THEN null
      ELSE head([i IN range(0, size(t.earlier_seq) - 1) WHERE t.earlier_seq[i] <= $watermark
        AND $watermark < t.earlier_withdrawn_seq[i] | {seq: t.earlier_seq[i], at: t.earlier_at[i]}]) END AS landing
  WHERE landing.at <= $as_of
  MATCH (u:Wallet)-[:SENT]->(t)
  WHERE u <> v
  RETURN DISTINCT u.key AS other, t.key AS transaction, landing.seq AS seq, landing.at AS at, t:Pool AS pool
  ORDER BY other, transaction LIMIT $each
}
RETURN v.key AS wallet, other, transaction, seq, at, pool
ORDER BY wallet, other, transaction
