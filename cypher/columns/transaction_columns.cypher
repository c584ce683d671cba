// name:       transaction_columns
// purpose:    Every pair of payer and payee of the transactions known at a time, as columns; the value is 0 where the
//             transaction did not count then. Without inputs a payee stands as its own payer, with 0.
// mode:       read
// parameters: as_of DATETIME, known_at DATETIME, size INTEGER
// returns:    sources LIST<STRING>, targets LIST<STRING>, values LIST<INTEGER>
// complexity: every transaction and its pairs read once; returned in chunks of $size transactions; pools are left out
// index:      none
//
// All transactions are gathered, each once, before any is looked into: one that lands again while the index of numbers is
// read stands there a second time.
CYPHER 25
MATCH (t:Transaction) WHERE t.seq IS NOT NULL AND NOT t:Pool
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
  OPTIONAL MATCH (u:Wallet)-[s:SENT]->(t)
  MATCH (t)-[o:TO]->(v:Wallet)
  RETURN collect(coalesce(u.key, v.key)) AS sources, collect(v.key) AS targets,
    collect(CASE WHEN at IS NULL OR u IS NULL THEN 0 WHEN splits IS NULL THEN t.value
      ELSE splits[o.position * inputs + s.position] END) AS values
}
RETURN sources, targets, values
