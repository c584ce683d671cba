// name:       land_transactions
// purpose:    Write locked transactions, the sums of their wallets and their flows, mark those wallets stale, and
//             number the landings; a withdrawn transaction that comes again gets a further span.
// mode:       write
// parameters: wallets LIST<MAP>, flows LIST<MAP>, rows LIST<MAP>, again LIST<MAP>, size INTEGER, now DATETIME
// returns:    first_seq INTEGER, overflows INTEGER, at DATETIME, rebuilding BOOLEAN
// complexity: linear in rows; wallets come sorted by key so that two writers cannot wait for each other in a ring;
//             the counter is the last lock, so that commit order is seq order
// index:      wallet_key, transaction_key, counter_name
//
// A sum that 64 bits do not hold is left as it was and counted in `overflows`; the caller then rolls back. An
// ArithmeticError instead would not always reach it: Neo4j 2026.08 cannot send one once the query runs compiled.
// Flows, inputs and outputs tell their wallets by place in $wallets: each wallet is looked up once.
// recorded_at comes from the counter too and always increases, so that it tells the same order as seq.
CYPHER 25 replan=skip
CALL () {
  UNWIND $wallets AS row
  MERGE (w:Wallet {key: row.key})
  ON CREATE SET w.network = row.network, w.address = row.address,
    w.in_value = 0, w.out_value = 0, w.in_count = 0, w.out_count = 0
  WITH w, row, w.in_value > 9223372036854775807 - row.in_value OR w.out_value > 9223372036854775807 - row.out_value AS is_full,
    datetime.fromepoch((row.first_at + 62135596800000000) / 1000000 - 62135596800, (row.first_at + 62135596800000000) % 1000000 * 1000) AS first_at,
    datetime.fromepoch((row.last_at + 62135596800000000) / 1000000 - 62135596800, (row.last_at + 62135596800000000) % 1000000 * 1000) AS last_at
  SET w:Stale, w.stale = coalesce(w.stale, 0) + 1,
    w.stale_in = CASE WHEN row.in_count > 0 THEN true ELSE w.stale_in END,
    w.stale_out = CASE WHEN row.out_count > 0 THEN true ELSE w.stale_out END,
    w.in_value = CASE WHEN is_full THEN w.in_value ELSE w.in_value + row.in_value END,
    w.out_value = CASE WHEN is_full THEN w.out_value ELSE w.out_value + row.out_value END,
    w.in_count = w.in_count + row.in_count, w.out_count = w.out_count + row.out_count,
    w.first_at = CASE WHEN w.first_at < first_at THEN w.first_at ELSE first_at END,
    w.last_at = CASE WHEN w.last_at > last_at THEN w.last_at ELSE last_at END
  RETURN collect(w) AS wallets, count(CASE WHEN is_full THEN 1 END) AS full_wallets
}
CALL (wallets) {
  UNWIND $flows AS row
  WITH row, wallets[row.source] AS u, wallets[row.target] AS v
  MERGE (u)-[f:FLOW]->(v)
  ON CREATE SET f.value = 0, f.count = 0, u.stale_links = true, v.stale_links = true,
    u.stale_near = CASE WHEN v:Illicit THEN true ELSE u.stale_near END,
    v.stale_near = CASE WHEN u:Illicit THEN true ELSE v.stale_near END
  WITH f, row, f.value > 9223372036854775807 - row.value AS is_full,
    datetime.fromepoch((row.first_at + 62135596800000000) / 1000000 - 62135596800, (row.first_at + 62135596800000000) % 1000000 * 1000) AS first_at,
    datetime.fromepoch((row.last_at + 62135596800000000) / 1000000 - 62135596800, (row.last_at + 62135596800000000) % 1000000 * 1000) AS last_at
  SET f.value = CASE WHEN is_full THEN f.value ELSE f.value + row.value END, f.count = f.count + row.count,
    f.first_at = CASE WHEN f.first_at < first_at THEN f.first_at ELSE first_at END,
    f.last_at = CASE WHEN f.last_at > last_at THEN f.last_at ELSE last_at END
  RETURN count(CASE WHEN is_full THEN 1 END) AS full_flows
}
CALL (wallets) {
  UNWIND $rows AS row
  MATCH (t:Transaction {key: row.key})
  SET t += row.properties, t.at = datetime.fromepoch((row.at + 62135596800000000) / 1000000 - 62135596800, (row.at + 62135596800000000) % 1000000 * 1000)
  WITH wallets, row, t
  CALL (wallets, row, t) {
    UNWIND row.inputs AS part
    WITH row, t, part, wallets[part.at] AS w
    CREATE (w)-[:SENT {value: part.value, amount: part.amount, position: part.position, wallet: part.wallet, at_us: row.at, net: part.net, others: part.others}]->(t)
  }
  CALL (wallets, row, t) {
    UNWIND row.outputs AS part
    WITH row, t, part, wallets[part.at] AS w
    CREATE (t)-[:TO {value: part.value, amount: part.amount, position: part.position, wallet: part.wallet, at_us: row.at, net: part.net, others: part.others}]->(w)
  }
  CALL (row, t) {
    WITH row, t WHERE row.pool IS NOT NULL
    SET t:Pool
    WITH row, t
    CALL (row, t) {
      UNWIND row.pool.inputs AS part
      MATCH (w:Wallet {key: part.wallet})
      CREATE (w)-[:POOLED_IN {value: part.value, net: part.net, across: part.across}]->(t)
      RETURN count(CASE WHEN w:Illicit THEN 1 END) AS illicit_inputs
    }
    CALL (row, t) {
      UNWIND row.pool.outputs AS part
      MATCH (w:Wallet {key: part.wallet})
      CREATE (t)-[:POOLED_OUT {value: part.value, net: part.net, across: part.across}]->(w)
      RETURN count(CASE WHEN w:Illicit THEN 1 END) AS illicit_outputs
    }
    MATCH (w:Wallet)-[r:POOLED_IN|POOLED_OUT]-(t)
    SET w.stale_links = true,
      w.stale_near = CASE WHEN CASE WHEN endNode(r) = t THEN illicit_outputs ELSE illicit_inputs END > 0 THEN true ELSE w.stale_near END
  }
  RETURN collect(t) AS landed
}
CALL () {
  UNWIND $again AS row
  MATCH (t:Transaction {key: row.key})
  WITH row, t, t.at AS at, t.seq AS seq, t.recorded_at AS recorded_at, t.withdrawn_at AS withdrawn_at,
    t.withdrawn_seq AS withdrawn_seq, t.content AS content
  SET t.earlier_at = coalesce(t.earlier_at, []) + at, t.earlier_seq = coalesce(t.earlier_seq, []) + seq,
    t.earlier_recorded_at = coalesce(t.earlier_recorded_at, []) + recorded_at,
    t.earlier_withdrawn_at = coalesce(t.earlier_withdrawn_at, []) + withdrawn_at,
    t.earlier_withdrawn_seq = coalesce(t.earlier_withdrawn_seq, []) + withdrawn_seq,
    t.earlier_content = coalesce(t.earlier_content, []) + content,
    t.at = datetime.fromepoch((row.at + 62135596800000000) / 1000000 - 62135596800, (row.at + 62135596800000000) % 1000000 * 1000),
    t.content = row.content, t.withdrawn_at = null, t.withdrawn_seq = null, t.reason = null
  WITH row, t
  CALL (row, t) {
    MATCH (:Wallet)-[r:SENT|TO]-(t)
    SET r.at_us = row.at
  }
  CALL (t) {
    WITH t WHERE t:Pool
    WITH t, EXISTS { (t)-[:POOLED_OUT]->(:Illicit) } AS to_illicit, EXISTS { (t)<-[:POOLED_IN]-(:Illicit) } AS from_illicit
    MATCH (w:Wallet)-[r:POOLED_IN|POOLED_OUT]-(t)
    SET w.stale_links = true, w.stale_near = CASE WHEN CASE WHEN endNode(r) = t THEN to_illicit ELSE from_illicit END THEN true ELSE w.stale_near END
  }
  RETURN collect(t) AS relanded
}
MATCH (c:Counter {name: 'graph'})
SET c.seq = c.seq + $size, c.at = CASE WHEN c.at >= $now THEN c.at + duration({microseconds: 1}) ELSE $now END
WITH landed + relanded AS numbered, c.seq - $size + 1 AS first_seq, c.at AS at, full_wallets + full_flows AS overflows,
  coalesce(c.rebuilding, false) AS rebuilding
CALL (numbered, first_seq, at) {
  UNWIND range(0, size(numbered) - 1) AS i
  WITH numbered[i] AS t, first_seq + i AS seq
  SET t.seq = seq, t.recorded_at = at
}
RETURN first_seq, overflows, at, rebuilding
