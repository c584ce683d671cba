// name:       movement_columns
// purpose:    Every pair of payer and payee of the transactions that landed after a number and were known at a time, as
//             columns with time (microseconds since 1970), the number of the transaction's landing and the pair's place in
//             it, output by output; the value is 0 where the transaction did not count then. Without inputs a payee stands
//             as its own payer, with 0.
// mode:       read
// parameters: after INTEGER, as_of DATETIME, known_at DATETIME, size INTEGER
// returns:    sources LIST<STRING>, targets LIST<STRING>, values LIST<INTEGER>, times LIST<INTEGER>, seqs LIST<INTEGER>, positions LIST<INTEGER>
// complexity: each of these transactions and its pairs read once; returned in chunks of $size transactions; pools are left out
// index:      transaction_seq
//
// All transactions are gathered, each once, before any is looked into: as in transaction_columns.
CYPHER 25
MATCH (t:Transaction) WHERE t.seq > $after AND NOT t:Pool
WITH collect(DISTINCT t) AS found
UNWIND CASE WHEN found = [] THEN [] ELSE range(0, size(found) - 1, $size) END AS first
WITH found[first..first + $size] AS part
CALL (part) {
  UNWIND part AS t
  WITH t WHERE coalesce(t.earlier_recorded_at[0], t.recorded_at) <= $known_at
  WITH t, t.splits AS splits, t.inputs AS inputs,
    CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
      WHEN t.earlier_at IS NULL THEN null
      ELSE head([i IN range(0, size(t.earlier_at) - 1)
        WHERE t.earlier_recorded_at[i] <= $known_at AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at
  WHERE at IS NULL OR at <= $as_of
  WITH t, splits, inputs, at, coalesce(at.epochSeconds * 1000000 + at.microsecond, 0) AS at_us
  OPTIONAL MATCH (u:Wallet)-[s:SENT]->(t)
  MATCH (t)-[o:TO]->(v:Wallet)
  RETURN collect(coalesce(u.key, v.key)) AS sources, collect(v.key) AS targets,
    collect(CASE WHEN at IS NULL OR u IS NULL THEN 0 WHEN splits IS NULL THEN t.value
      ELSE splits[o.position * inputs + s.position] END) AS values,
    collect(at_us) AS times, collect(t.seq) AS seqs,
    collect(CASE WHEN splits IS NULL OR u IS NULL THEN 0 ELSE o.position * inputs + s.position END) AS positions
}
RETURN sources, targets, values, times, seqs, positions
