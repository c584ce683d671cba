// name:       restore_attributions
// purpose:    Write attributions about locked wallets as they were, under the numbers and times they had.
// mode:       write
// parameters: rows LIST<MAP>
// returns:    restored INTEGER
// complexity: two index look-ups per row
// index:      attribution_id, wallet_key
CYPHER 25
UNWIND $rows AS row
MATCH (w:Wallet {key: row.wallet})
MERGE (a:Attribution {id: row.id})
CALL (a) {
  MATCH (a)-[r:ABOUT]->()
  DELETE r
}
CREATE (a)-[:ABOUT]->(w)
SET a = row.properties,
  a.valid_from = CASE WHEN row.valid_from IS NOT NULL THEN datetime.fromepoch((row.valid_from + 62135596800000000) / 1000000 - 62135596800, (row.valid_from + 62135596800000000) % 1000000 * 1000) END,
  a.valid_to = CASE WHEN row.valid_to IS NOT NULL THEN datetime.fromepoch((row.valid_to + 62135596800000000) / 1000000 - 62135596800, (row.valid_to + 62135596800000000) % 1000000 * 1000) END,
  a.recorded_at = CASE WHEN row.recorded_at IS NOT NULL THEN datetime.fromepoch((row.recorded_at + 62135596800000000) / 1000000 - 62135596800, (row.recorded_at + 62135596800000000) % 1000000 * 1000) END,
  a.withdrawn_at = CASE WHEN row.withdrawn_at IS NOT NULL THEN datetime.fromepoch((row.withdrawn_at + 62135596800000000) / 1000000 - 62135596800, (row.withdrawn_at + 62135596800000000) % 1000000 * 1000) END
RETURN count(*) AS restored
