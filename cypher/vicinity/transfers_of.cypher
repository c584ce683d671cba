// name:       transfers_of
// purpose:    Every pair of payer and payee of the transactions that some wallets are party to, as two clocks tell it, as
//             columns with time (microseconds since 1970), number of landing and place in the transaction; pools apart.
// mode:       read
// parameters: keys LIST<STRING>, as_of DATETIME, known_at DATETIME, max_transactions INTEGER
// returns:    transactions INTEGER, sources LIST<STRING>, targets LIST<STRING>, values LIST<INTEGER>, times LIST<INTEGER>, seqs LIST<INTEGER>, positions LIST<INTEGER>, pools LIST<MAP>
// complexity: each transaction of the given, indexed wallets and its pairs read once; nothing but their count where they
//             are more than $max_transactions
// index:      wallet_key
CYPHER 25
UNWIND $keys AS key
MATCH (w:Wallet {key: key})
WITH collect(w) AS wallets, sum(COUNT { (w)-[:SENT|TO]-() }) AS transactions
CALL (wallets, transactions) {
  UNWIND CASE WHEN transactions <= $max_transactions THEN wallets ELSE [] END AS w
  MATCH (w)-[:SENT|TO]-(t:Transaction)
  WITH DISTINCT t
  WITH t, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
    WHEN t.earlier_at IS NULL THEN null
    ELSE head([i IN range(0, size(t.earlier_at) - 1)
      WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at
  WHERE at <= $as_of
  RETURN collect({transaction: t, time: at.epochSeconds * 1000000 + at.microsecond}) AS moved
}
CALL (moved) {
  UNWIND moved AS one
  WITH one.transaction AS t, one.time AS time WHERE NOT t:Pool
  MATCH (u:Wallet)-[s:SENT]->(t)-[o:TO]->(v:Wallet) WHERE u <> v
  RETURN collect(u.key) AS sources, collect(v.key) AS targets,
    collect(CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END) AS values,
    collect(time) AS times, collect(t.seq) AS seqs,
    collect(CASE WHEN t.splits IS NULL THEN 0 ELSE o.position * t.inputs + s.position END) AS positions
}
CALL (moved) {
  UNWIND moved AS one
  WITH one.transaction AS t, one.time AS time WHERE t:Pool
  RETURN collect({
    value: t.value, time: time, seq: t.seq,
    inputs: COLLECT { MATCH (u:Wallet)-[r:POOLED_IN]->(t) RETURN [u.key, r.value] },
    outputs: COLLECT { MATCH (t)-[r:POOLED_OUT]->(v:Wallet) RETURN [v.key, r.value] }
  }) AS pools
}
RETURN transactions, sources, targets, values, times, seqs, positions, pools
