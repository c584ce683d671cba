// name:       histories_of
// purpose:    Every landing of the given transactions, the latest last, to compare what is recorded of them with.
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING, text_digest STRING, spans LIST<MAP>
// complexity: one index look-up per key
// index:      transaction_key
//
// Times inside the maps are RFC 3339 text.
CYPHER 25
UNWIND $keys AS key
MATCH (t:Transaction {key: key})
USING INDEX t:Transaction(key)
WHERE t.seq IS NOT NULL
RETURN t.key AS key, t.text_digest AS text_digest,
  [i IN range(0, size(coalesce(t.earlier_seq, [])) - 1) | {
    seq: t.earlier_seq[i], at: toString(t.earlier_at[i]), recorded_at: toString(t.earlier_recorded_at[i]),
    withdrawn_at: toString(t.earlier_withdrawn_at[i]), withdrawn_seq: t.earlier_withdrawn_seq[i],
    content: t.earlier_content[i]
  }] + [{
    seq: t.seq, at: toString(t.at), recorded_at: toString(t.recorded_at), withdrawn_at: toString(t.withdrawn_at),
    withdrawn_seq: t.withdrawn_seq, content: t.content, reason: t.reason
  }] AS spans
ORDER BY key
