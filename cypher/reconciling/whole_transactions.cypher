// name:       whole_transactions
// purpose:    All that the graph keeps of given transactions, to be compared with what the ledger says and to be digested.
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING, network STRING, id STRING, asset STRING, amount STRING, value INTEGER, timeless STRING, text_salt STRING, text_digest STRING, context STRING, reason STRING, splits LIST<INTEGER>, inputs INTEGER, pool BOOLEAN, spans LIST<LIST>, payers LIST<LIST>, payees LIST<LIST>, pooled_in LIST<LIST>, pooled_out LIST<LIST>
// complexity: one index look-up per key and its parties
// index:      transaction_key
//
// A span is number, moved at, content, recorded at, number and time of its withdrawal; times are microseconds. A party is
// wallet, what it is told its wallet is, position, amount, value, moved at, net, others; one of a pool wallet, value, net,
// across.
CYPHER 25
UNWIND $keys AS key
MATCH (t:Transaction {key: key})
USING INDEX t:Transaction(key)
WHERE t.seq IS NOT NULL
RETURN t.key AS key, t.network AS network, t.id AS id, t.asset AS asset, t.amount AS amount, t.value AS value,
  t.timeless AS timeless, t.text_salt AS text_salt, t.text_digest AS text_digest, t.context AS context, t.reason AS reason,
  t.splits AS splits, t.inputs AS inputs, t:Pool AS pool,
  [i IN range(0, size(coalesce(t.earlier_seq, [])) - 1) | [
    t.earlier_seq[i], t.earlier_at[i].epochSeconds * 1000000 + t.earlier_at[i].microsecond, t.earlier_content[i],
    t.earlier_recorded_at[i].epochSeconds * 1000000 + t.earlier_recorded_at[i].microsecond, t.earlier_withdrawn_seq[i],
    t.earlier_withdrawn_at[i].epochSeconds * 1000000 + t.earlier_withdrawn_at[i].microsecond
  ]] + [[
    t.seq, t.at.epochSeconds * 1000000 + t.at.microsecond, t.content,
    t.recorded_at.epochSeconds * 1000000 + t.recorded_at.microsecond, t.withdrawn_seq,
    t.withdrawn_at.epochSeconds * 1000000 + t.withdrawn_at.microsecond
  ]] AS spans,
  COLLECT {
    MATCH (w:Wallet)-[s:SENT]->(t)
    RETURN [w.key, s.wallet, s.position, s.amount, s.value, s.at_us, s.net, s.others] ORDER BY s.position, w.key
  } AS payers,
  COLLECT {
    MATCH (t)-[o:TO]->(w:Wallet)
    RETURN [w.key, o.wallet, o.position, o.amount, o.value, o.at_us, o.net, o.others] ORDER BY o.position, w.key
  } AS payees,
  COLLECT {
    MATCH (w:Wallet)-[r:POOLED_IN]->(t) RETURN [w.key, r.value, r.net, r.across] ORDER BY w.key
  } AS pooled_in,
  COLLECT {
    MATCH (t)-[r:POOLED_OUT]->(w:Wallet) RETURN [w.key, r.value, r.net, r.across] ORDER BY w.key
  } AS pooled_out
ORDER BY key
