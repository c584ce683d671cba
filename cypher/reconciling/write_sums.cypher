// name:       write_sums
// purpose:    Put sums, times and names of locked wallets as they should be, and mark the wallets stale.
// mode:       write
// parameters: rows LIST<MAP>
// returns:    written INTEGER
// complexity: one index look-up per row
// index:      wallet_key
CYPHER 25
UNWIND $rows AS row
MATCH (w:Wallet {key: row.key})
SET w.network = row.network, w.address = row.address, w.in_value = row.in_value, w.in_count = row.in_count,
  w.out_value = row.out_value, w.out_count = row.out_count,
  w.first_at = CASE WHEN row.first_at IS NOT NULL THEN datetime.fromepoch((row.first_at + 62135596800000000) / 1000000 - 62135596800, (row.first_at + 62135596800000000) % 1000000 * 1000) END,
  w.last_at = CASE WHEN row.last_at IS NOT NULL THEN datetime.fromepoch((row.last_at + 62135596800000000) / 1000000 - 62135596800, (row.last_at + 62135596800000000) % 1000000 * 1000) END,
  w:Stale, w.stale = coalesce(w.stale, 0) + 1, w.stale_in = true, w.stale_out = true, w.stale_links = true,
  w.stale_near = true
RETURN count(*) AS written
