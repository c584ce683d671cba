// name:       withdraw_transaction
// purpose:    End the span of a locked transaction: take its value out of wallets and flows, mark them stale, number it.
// mode:       write
// parameters: key STRING, reason STRING, wallets LIST<MAP>, flows LIST<MAP>, now DATETIME
// returns:    seq INTEGER, at DATETIME
// complexity: linear in its parties and pairs; first and last times are read again from the transactions of a wallet
//             or pair only where this one stood at an end
// index:      wallet_key, transaction_key, counter_name
CYPHER 25
MATCH (t:Transaction {key: $key})
USING INDEX t:Transaction(key)
CALL (t) {
  UNWIND $wallets AS row
  MATCH (w:Wallet {key: row.key})
  SET w:Stale, w.stale = coalesce(w.stale, 0) + 1,
    w.stale_in = CASE WHEN row.in_count > 0 THEN true ELSE w.stale_in END,
    w.stale_out = CASE WHEN row.out_count > 0 THEN true ELSE w.stale_out END,
    w.in_value = w.in_value - row.in_value, w.out_value = w.out_value - row.out_value,
    w.in_count = w.in_count - row.in_count, w.out_count = w.out_count - row.out_count
  WITH w, t WHERE t.at = w.first_at OR t.at = w.last_at
  CALL (w, t) {
    MATCH (w)-[:SENT|TO]-(other:Transaction) WHERE other <> t AND other.withdrawn_at IS NULL
    RETURN min(other.at) AS first_at, max(other.at) AS last_at
  }
  SET w.first_at = first_at, w.last_at = last_at
}
CALL (t) {
  UNWIND $flows AS row
  MATCH (u:Wallet {key: row.source})
  MATCH (v:Wallet {key: row.target})
  MATCH (u)-[f:FLOW]->(v)
  SET f.value = f.value - row.value, f.count = f.count - row.count
  WITH u, v, f, t, f.count = 0 AS is_over
  CALL (u, v, f, t, is_over) {
    WITH u, v, f, t WHERE NOT is_over AND (t.at = f.first_at OR t.at = f.last_at)
    CALL (u, v, t) {
      MATCH (u)-[s:SENT]->(other:Transaction)-[o:TO]->(v)
      WHERE other <> t AND other.withdrawn_at IS NULL AND NOT other:Pool
        AND CASE WHEN other.splits IS NULL THEN other.value ELSE other.splits[o.position * other.inputs + s.position] END > 0
      RETURN min(other.at) AS first_at, max(other.at) AS last_at
    }
    SET f.first_at = first_at, f.last_at = last_at
  }
  WITH u, v, f WHERE is_over
  SET u.stale_near = CASE WHEN v:Illicit THEN true ELSE u.stale_near END,
    v.stale_near = CASE WHEN u:Illicit THEN true ELSE v.stale_near END
  DELETE f
}
CALL (t) {
  WITH t WHERE t:Pool
  WITH t, EXISTS { (t)-[:POOLED_OUT]->(:Illicit) } AS to_illicit, EXISTS { (t)<-[:POOLED_IN]-(:Illicit) } AS from_illicit
  MATCH (w:Wallet)-[r:POOLED_IN|POOLED_OUT]-(t)
  WHERE CASE WHEN endNode(r) = t THEN to_illicit ELSE from_illicit END
  SET w.stale_near = true
}
MATCH (c:Counter {name: 'graph'})
SET c.seq = c.seq + 1, c.at = CASE WHEN c.at >= $now THEN c.at + duration({microseconds: 1}) ELSE $now END
SET t.withdrawn_at = c.at, t.withdrawn_seq = c.seq, t.reason = $reason
RETURN c.seq AS seq, c.at AS at
