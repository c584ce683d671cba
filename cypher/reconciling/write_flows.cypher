// name:       write_flows
// purpose:    Put flows between locked wallets as they should be, or away where value is null; mark their ends stale.
// mode:       write
// parameters: rows LIST<MAP>
// returns:    written INTEGER
// complexity: two index look-ups per row
// index:      wallet_key
CYPHER 25
UNWIND $rows AS row
MATCH (u:Wallet {key: row.source})
MATCH (v:Wallet {key: row.target})
CALL (u, v) {
  MATCH (u)-[f:FLOW]->(v)
  DELETE f
}
CALL (row, u, v) {
  WITH * WHERE row.value IS NOT NULL
  CREATE (u)-[f:FLOW]->(v)
  SET f.value = row.value, f.count = row.count,
    f.first_at = datetime.fromepoch((row.first_at + 62135596800000000) / 1000000 - 62135596800, (row.first_at + 62135596800000000) % 1000000 * 1000),
    f.last_at = datetime.fromepoch((row.last_at + 62135596800000000) / 1000000 - 62135596800, (row.last_at + 62135596800000000) % 1000000 * 1000)
}
FOREACH (w IN [u, v] | SET w:Stale, w.stale = coalesce(w.stale, 0) + 1, w.stale_in = true, w.stale_out = true,
  w.stale_links = true, w.stale_near = true)
RETURN count(*) AS written
