// name:       record_attributions
// purpose:    Append new attributions, end the spans of others at the same instant, and number both.
// mode:       write
// parameters: rows LIST<MAP>, ended LIST<STRING>, size INTEGER, now DATETIME
// returns:    last_seq INTEGER, at DATETIME
// complexity: one index look-up per row; the counter is the last lock
// index:      attribution_id, wallet_key, counter_name
//
// Wallets are locked and everything is decided before. refreshed_at is the instant it was decided for: with this unit
// every wallet's cached category holds for it. A change of categories alone takes a number too, through $size.
CYPHER 25
CALL () {
  UNWIND $rows AS row
  MATCH (w:Wallet {key: row.wallet})
  CREATE (a:Attribution {id: row.id})-[:ABOUT]->(w)
  SET a += row.properties,
    a.valid_from = CASE WHEN row.valid_from IS NOT NULL
      THEN datetime.fromepoch((row.valid_from + 62135596800000000) / 1000000 - 62135596800, (row.valid_from + 62135596800000000) % 1000000 * 1000) END,
    a.valid_to = CASE WHEN row.valid_to IS NOT NULL
      THEN datetime.fromepoch((row.valid_to + 62135596800000000) / 1000000 - 62135596800, (row.valid_to + 62135596800000000) % 1000000 * 1000) END
  RETURN collect(a) AS recorded
}
CALL () {
  UNWIND $ended AS id
  MATCH (a:Attribution {id: id})
  RETURN collect(a) AS withdrawn
}
MATCH (c:Counter {name: 'graph'})
SET c.seq = c.seq + $size, c.at = CASE WHEN c.at >= $now THEN c.at + duration({microseconds: 1}) ELSE $now END,
  c.refreshed_at = $now
WITH recorded, withdrawn, c.seq AS last_seq, c.at AS at
CALL (recorded, last_seq, at) {
  UNWIND CASE WHEN recorded = [] THEN [] ELSE range(0, size(recorded) - 1) END AS i
  WITH recorded[i] AS a, last_seq - $size + 1 + i AS seq
  SET a.seq = seq, a.recorded_at = at
}
CALL (recorded, withdrawn, last_seq, at) {
  UNWIND CASE WHEN withdrawn = [] THEN [] ELSE range(0, size(withdrawn) - 1) END AS i
  WITH withdrawn[i] AS a, last_seq - $size + 1 + size(recorded) + i AS seq
  SET a.withdrawn_seq = seq, a.withdrawn_at = at
}
RETURN last_seq, at
