// name:       clear_marks
// purpose:    Take away the marks that nobody renewed since they were read.
// mode:       batched
// parameters: keys LIST<STRING>, versions LIST<INTEGER>
// returns:    cleared INTEGER
// complexity: one index look-up per mark, committed every 2,000; a commit that met another writer is tried again
// index:      wallet_key
CYPHER 25
UNWIND range(0, size($keys) - 1) AS i
CALL (i) {
  MATCH (w:Stale&Wallet {key: $keys[i]})
  SET w.key = w.key
  WITH w WHERE w.stale = $versions[i]
  REMOVE w:Stale, w.stale_in, w.stale_out, w.stale_near, w.stale_links, w.stale_category, w.stale_illicit
  RETURN count(w) AS cleared
} IN TRANSACTIONS OF 2000 ROWS ON ERROR RETRY FOR 30 SECONDS THEN FAIL
RETURN sum(cleared) AS cleared
