// name:       land_transactions
// purpose:    Write locked transactions, the sums of their wallets and their flows, and number them.
// mode:       write
// parameters: wallets LIST<MAP>, flows LIST<MAP>, rows LIST<MAP>, size INTEGER, recorded_at DATETIME
// returns:    first_seq INTEGER, overflows INTEGER
// complexity: linear in rows; wallets come sorted by key so that two writers cannot wait for each other in a ring;
//             the counter is the last lock, so that commit order is seq order
// index:      wallet_key, transaction_key, counter_name
//
// A sum that 64 bits do not hold is left as it was and counted in `overflows`; the caller then rolls back. An
// ArithmeticError instead would not always reach it: Neo4j 2026.08 cannot send one once the query runs compiled.
CYPHER 25 replan=skip
CALL () {
  UNWIND $wallets AS row
  MERGE (w:Wallet {key: row.key})
  ON CREATE SET w.network = row.network, w.address = row.address,
    w.in_value = 0, w.out_value = 0, w.in_count = 0, w.out_count = 0
  WITH w, row, w.in_value > 9223372036854775807 - row.in_value OR w.out_value > 9223372036854775807 - row.out_value AS is_full,
    datetime.fromepoch((row.first_at + 62135596800000000) / 1000000 - 62135596800, (row.first_at + 62135596800000000) % 1000000 * 1000) AS first_at,
    datetime.fromepoch((row.last_at + 62135596800000000) / 1000000 - 62135596800, (row.last_at + 62135596800000000) % 1000000 * 1000) AS last_at
  SET w.in_value = CASE WHEN is_full THEN w.in_value ELSE w.in_value + row.in_value END,
    w.out_value = CASE WHEN is_full THEN w.out_value ELSE w.out_value + row.out_value END,
    w.in_count = w.in_count + row.in_count, w.out_count = w.out_count + row.out_count,
    w.first_at = CASE WHEN w.first_at < first_at THEN w.first_at ELSE first_at END,
    w.last_at = CASE WHEN w.last_at > last_at THEN w.last_at ELSE last_at END
  RETURN count(CASE WHEN is_full THEN 1 END) AS full_wallets
}
CALL () {
  UNWIND $flows AS row
  MATCH (u:Wallet {key: row.source})
  MATCH (v:Wallet {key: row.target})
  MERGE (u)-[f:FLOW]->(v)
  ON CREATE SET f.value = 0, f.count = 0
  WITH f, row, f.value > 9223372036854775807 - row.value AS is_full,
    datetime.fromepoch((row.first_at + 62135596800000000) / 1000000 - 62135596800, (row.first_at + 62135596800000000) % 1000000 * 1000) AS first_at,
    datetime.fromepoch((row.last_at + 62135596800000000) / 1000000 - 62135596800, (row.last_at + 62135596800000000) % 1000000 * 1000) AS last_at
  SET f.value = CASE WHEN is_full THEN f.value ELSE f.value + row.value END, f.count = f.count + row.count,
    f.first_at = CASE WHEN f.first_at < first_at THEN f.first_at ELSE first_at END,
    f.last_at = CASE WHEN f.last_at > last_at THEN f.last_at ELSE last_at END
  RETURN count(CASE WHEN is_full THEN 1 END) AS full_flows
}
CALL () {
  UNWIND $rows AS row
  MATCH (t:Transaction {key: row.key})
  SET t += row.properties, t.at = datetime.fromepoch((row.at + 62135596800000000) / 1000000 - 62135596800, (row.at + 62135596800000000) % 1000000 * 1000), t.recorded_at = $recorded_at
  WITH row, t
  CALL (row, t) {
    UNWIND row.inputs AS part
    MATCH (w:Wallet {key: part.wallet})
    CREATE (w)-[:SENT {value: part.value, amount: part.amount, position: part.position}]->(t)
  }
  CALL (row, t) {
    UNWIND row.outputs AS part
    MATCH (w:Wallet {key: part.wallet})
    CREATE (t)-[:TO {value: part.value, amount: part.amount, position: part.position}]->(w)
  }
  RETURN collect(t) AS landed
}
MATCH (c:Counter {name: 'graph'})
SET c.seq = c.seq + $size
WITH landed, c.seq - $size + 1 AS first_seq, full_wallets + full_flows AS overflows
CALL (landed, first_seq) {
  UNWIND range(0, size(landed) - 1) AS i
  WITH landed[i] AS t, first_seq + i AS seq
  SET t.seq = seq
}
RETURN first_seq, overflows
