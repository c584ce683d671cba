// name:       restore_transactions
// purpose:    Write locked transactions as they were, under the numbers and times they had, and add what counts of them
//             to wallets and flows.
// mode:       write
// parameters: wallets LIST<MAP>, flows LIST<MAP>, rows LIST<MAP>
// returns:    restored INTEGER
// complexity: linear in rows; wallets come sorted by key so that two writers cannot wait for each other in a ring
// index:      wallet_key, transaction_key
//
// The same as landing them, but that nothing is numbered: the counter is left alone. A withdrawn one has no at_us.
CYPHER 25
CALL () {
  UNWIND $wallets AS row
  MERGE (w:Wallet {key: row.key})
  ON CREATE SET w.network = row.network, w.address = row.address,
    w.in_value = 0, w.out_value = 0, w.in_count = 0, w.out_count = 0
  WITH w, row,
    CASE WHEN row.first_at IS NOT NULL THEN datetime.fromepoch((row.first_at + 62135596800000000) / 1000000 - 62135596800, (row.first_at + 62135596800000000) % 1000000 * 1000) END AS first_at,
    CASE WHEN row.last_at IS NOT NULL THEN datetime.fromepoch((row.last_at + 62135596800000000) / 1000000 - 62135596800, (row.last_at + 62135596800000000) % 1000000 * 1000) END AS last_at
  SET w:Stale, w.stale = coalesce(w.stale, 0) + 1, w.stale_in = true, w.stale_out = true, w.stale_links = true,
    w.stale_near = true,
    w.in_value = w.in_value + row.in_value, w.out_value = w.out_value + row.out_value,
    w.in_count = w.in_count + row.in_count, w.out_count = w.out_count + row.out_count,
    w.first_at = CASE WHEN w.first_at < first_at THEN w.first_at ELSE coalesce(first_at, w.first_at) END,
    w.last_at = CASE WHEN w.last_at > last_at THEN w.last_at ELSE coalesce(last_at, w.last_at) END
  RETURN collect(w) AS wallets
}
CALL (wallets) {
  UNWIND $flows AS row
  WITH row, wallets[row.source] AS u, wallets[row.target] AS v
  MERGE (u)-[f:FLOW]->(v)
  ON CREATE SET f.value = 0, f.count = 0
  WITH f, row,
    CASE WHEN row.first_at IS NOT NULL THEN datetime.fromepoch((row.first_at + 62135596800000000) / 1000000 - 62135596800, (row.first_at + 62135596800000000) % 1000000 * 1000) END AS first_at,
    CASE WHEN row.last_at IS NOT NULL THEN datetime.fromepoch((row.last_at + 62135596800000000) / 1000000 - 62135596800, (row.last_at + 62135596800000000) % 1000000 * 1000) END AS last_at
  SET f.value = f.value + row.value, f.count = f.count + row.count,
    f.first_at = CASE WHEN f.first_at < first_at THEN f.first_at ELSE first_at END,
    f.last_at = CASE WHEN f.last_at > last_at THEN f.last_at ELSE last_at END
}
UNWIND $rows AS row
MERGE (t:Transaction {key: row.key})
SET t += row.properties, t.seq = row.seq, t.withdrawn_seq = row.withdrawn_seq, t.reason = row.reason,
  t.at = datetime.fromepoch((row.at + 62135596800000000) / 1000000 - 62135596800, (row.at + 62135596800000000) % 1000000 * 1000),
  t.recorded_at = datetime.fromepoch((row.recorded_at + 62135596800000000) / 1000000 - 62135596800, (row.recorded_at + 62135596800000000) % 1000000 * 1000),
  t.withdrawn_at = CASE WHEN row.withdrawn_at IS NOT NULL THEN datetime.fromepoch((row.withdrawn_at + 62135596800000000) / 1000000 - 62135596800, (row.withdrawn_at + 62135596800000000) % 1000000 * 1000) END,
  t.earlier_seq = row.earlier.seq, t.earlier_content = row.earlier.content, t.earlier_withdrawn_seq = row.earlier.withdrawn_seq,
  t.earlier_at = [x IN row.earlier.at | CASE WHEN x IS NOT NULL THEN datetime.fromepoch((x + 62135596800000000) / 1000000 - 62135596800, (x + 62135596800000000) % 1000000 * 1000) END],
  t.earlier_recorded_at = [x IN row.earlier.recorded_at | CASE WHEN x IS NOT NULL THEN datetime.fromepoch((x + 62135596800000000) / 1000000 - 62135596800, (x + 62135596800000000) % 1000000 * 1000) END],
  t.earlier_withdrawn_at = [x IN row.earlier.withdrawn_at | CASE WHEN x IS NOT NULL THEN datetime.fromepoch((x + 62135596800000000) / 1000000 - 62135596800, (x + 62135596800000000) % 1000000 * 1000) END]
WITH wallets, row, t
CALL (wallets, row, t) {
  UNWIND row.inputs AS part
  WITH row, t, part, wallets[part.at] AS w
  CREATE (w)-[:SENT {value: part.value, amount: part.amount, position: part.position, wallet: part.wallet, at_us: row.at_us, net: part.net, others: part.others}]->(t)
}
CALL (wallets, row, t) {
  UNWIND row.outputs AS part
  WITH row, t, part, wallets[part.at] AS w
  CREATE (t)-[:TO {value: part.value, amount: part.amount, position: part.position, wallet: part.wallet, at_us: row.at_us, net: part.net, others: part.others}]->(w)
}
CALL (row, t) {
  WITH row, t WHERE row.pool IS NOT NULL
  SET t:Pool
  WITH row, t
  CALL (row, t) {
    UNWIND row.pool.inputs AS part
    MATCH (w:Wallet {key: part.wallet})
    CREATE (w)-[:POOLED_IN {value: part.value, net: part.net, across: part.across}]->(t)
  }
  CALL (row, t) {
    UNWIND row.pool.outputs AS part
    MATCH (w:Wallet {key: part.wallet})
    CREATE (t)-[:POOLED_OUT {value: part.value, net: part.net, across: part.across}]->(w)
  }
}
RETURN count(*) AS restored
