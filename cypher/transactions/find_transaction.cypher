// name:       find_transaction
// purpose:    One transaction with its parties in their order and every landing of it, the latest last.
// mode:       read
// parameters: key STRING
// returns:    key STRING, network STRING, id STRING, at DATETIME, asset STRING, amount STRING, value INTEGER, seq INTEGER, recorded_at DATETIME, withdrawn_at DATETIME, reason STRING, inputs LIST<MAP>, outputs LIST<MAP>, spans LIST<MAP>
// complexity: one indexed transaction and its parties
// index:      transaction_key
//
// Times inside the maps are RFC 3339 text.
CYPHER 25
MATCH (t:Transaction {key: $key})
USING INDEX t:Transaction(key)
WHERE t.seq IS NOT NULL
RETURN t.key AS key, t.network AS network, t.id AS id, t.at AS at, t.asset AS asset, t.amount AS amount,
  t.value AS value, t.seq AS seq, t.recorded_at AS recorded_at, t.withdrawn_at AS withdrawn_at, t.reason AS reason,
  COLLECT {
    MATCH (w:Wallet)-[s:SENT]->(t)
    RETURN {wallet: w.key, amount: s.amount, value: s.value} ORDER BY s.position
  } AS inputs,
  COLLECT {
    MATCH (t)-[o:TO]->(w:Wallet)
    RETURN {wallet: w.key, amount: o.amount, value: o.value} ORDER BY o.position
  } AS outputs,
  [i IN range(0, size(coalesce(t.earlier_seq, [])) - 1) | {
    seq: t.earlier_seq[i], at: toString(t.earlier_at[i]), recorded_at: toString(t.earlier_recorded_at[i]),
    withdrawn_at: toString(t.earlier_withdrawn_at[i]), withdrawn_seq: t.earlier_withdrawn_seq[i],
    content: t.earlier_content[i]
  }] + [{
    seq: t.seq, at: toString(t.at), recorded_at: toString(t.recorded_at), withdrawn_at: toString(t.withdrawn_at),
    withdrawn_seq: t.withdrawn_seq, content: t.content, reason: t.reason
  }] AS spans
