// name:       withdraw_transaction
// purpose:    End the span of a locked transaction: take its value out of wallets and flows, mark them stale, number it.
// mode:       write
// parameters: key STRING, reason STRING, wallets LIST<MAP>, flows LIST<MAP>, now DATETIME
// returns:    seq INTEGER, at DATETIME
// complexity: linear in its parties and pairs; first and last times are read again only where this one stood at an end:
//             of a wallet from its transactions, of flows from those of the payer, once for all that it paid here
// index:      wallet_key, transaction_key, counter_name
//
// The splits of another transaction may be 20,000 numbers: they are read once for each of its payers, not once a pair.
// A flow is looked for once both of its ends are found, so that a hub's flows are not read through.
// Who loses a neighbour that is illicit, or that was when scores were last stored, is felt by its own neighbours.
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
  CALL (u, v) {
    MATCH (u)-[f:FLOW]->(v)
    RETURN f
  }
  SET f.value = f.value - row.value, f.count = f.count - row.count
  WITH u, v, f WHERE f.count = 0
  SET u.stale_links = true, v.stale_links = true,
    u.stale_near = CASE WHEN v:Illicit OR v.stale_illicit THEN true ELSE u.stale_near END,
    v.stale_near = CASE WHEN u:Illicit OR u.stale_illicit THEN true ELSE v.stale_near END
  DELETE f
}
CALL (t) {
  UNWIND $flows AS row
  MATCH (u:Wallet {key: row.source})
  MATCH (v:Wallet {key: row.target})
  CALL (t, u, v) {
    MATCH (u)-[f:FLOW]->(v) WHERE t.at = f.first_at OR t.at = f.last_at
    RETURN f
  }
  WITH t, u, collect(v) AS payees
  CALL (t, u, payees) {
    MATCH (u)-[s:SENT]->(other:Transaction)
    WHERE other <> t AND other.withdrawn_at IS NULL AND NOT other:Pool
    WITH other, s.position AS place, other.at AS at, other.value AS value, other.splits AS splits, other.inputs AS inputs, payees
    MATCH (other)-[o:TO]->(v:Wallet)
    WHERE CASE WHEN splits IS NULL THEN value ELSE splits[o.position * inputs + place] END > 0
    WITH v, payees, min(at) AS first_at, max(at) AS last_at
    WHERE v IN payees
    RETURN v, first_at, last_at
  }
  MATCH (u)-[f:FLOW]->(v)
  SET f.first_at = first_at, f.last_at = last_at
}
CALL (t) {
  WITH t WHERE t:Pool
  WITH t, EXISTS { (t)-[:POOLED_OUT]->(x) WHERE x:Illicit OR x.stale_illicit } AS to_illicit,
    EXISTS { (t)<-[:POOLED_IN]-(x) WHERE x:Illicit OR x.stale_illicit } AS from_illicit
  MATCH (w:Wallet)-[r:POOLED_IN|POOLED_OUT]-(t)
  SET w.stale_links = true, w.stale_near = CASE WHEN CASE WHEN endNode(r) = t THEN to_illicit ELSE from_illicit END THEN true ELSE w.stale_near END
}
CALL (t) {
  MATCH (:Wallet)-[r:SENT|TO]-(t)
  SET r.at_us = null
}
MATCH (c:Counter {name: 'graph'})
SET c.seq = c.seq + 1, c.at = CASE WHEN c.at >= $now THEN c.at + duration({microseconds: 1}) ELSE $now END
SET t.withdrawn_at = c.at, t.withdrawn_seq = c.seq, t.reason = $reason
RETURN c.seq AS seq, c.at AS at
