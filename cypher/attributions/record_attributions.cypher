// name:       record_attributions
// purpose:    Append attributions that are not there yet and number them.
// mode:       write
// parameters: rows LIST<MAP>, recorded_at DATETIME
// returns:    recorded INTEGER, last_seq INTEGER
// complexity: one index look-up per row; the counter is the last lock
// index:      attribution_id, wallet_key, counter_name
CYPHER 25
CALL () {
  UNWIND $rows AS row
  OPTIONAL MATCH (known:Attribution {id: row.id})
  WITH row WHERE known IS NULL
  MATCH (w:Wallet {key: row.wallet})
  CREATE (a:Attribution {id: row.id})-[:ABOUT]->(w)
  SET a += row.properties, a.recorded_at = $recorded_at,
    a.valid_from = CASE WHEN row.valid_from IS NOT NULL
      THEN datetime.fromepoch((row.valid_from + 62135596800000000) / 1000000 - 62135596800, (row.valid_from + 62135596800000000) % 1000000 * 1000) END,
    a.valid_to = CASE WHEN row.valid_to IS NOT NULL
      THEN datetime.fromepoch((row.valid_to + 62135596800000000) / 1000000 - 62135596800, (row.valid_to + 62135596800000000) % 1000000 * 1000) END
  RETURN collect(a) AS recorded
}
MATCH (c:Counter {name: 'graph'})
SET c.seq = c.seq + size(recorded)
WITH recorded, c.seq AS last_seq
CALL (recorded, last_seq) {
  UNWIND CASE WHEN recorded = [] THEN [] ELSE range(1, size(recorded)) END AS i
  WITH recorded[i - 1] AS a, last_seq - size(recorded) + i AS seq
  SET a.seq = seq
}
RETURN size(recorded) AS recorded, last_seq
