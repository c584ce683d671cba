// name:       store_rescores
// purpose:    Write re-screened scores and levels to their wallets; one of a later watermark stays.
// mode:       batched
// parameters: rows LIST<MAP>
// returns:    stored INTEGER
// complexity: one index look-up per wallet, committed every 2,000; a commit that met another writer is tried again
// index:      wallet_key
CYPHER 25
UNWIND $rows AS row
CALL (row) {
  MATCH (w:Wallet {key: row.key})
  SET w.key = w.key
  WITH w WHERE coalesce(w.scored_seq, -1) <= row.watermark
  SET w.score = row.score, w.hop_score = row.hop_score, w.illicit_source_share = row.source,
    w.illicit_destination_share = row.destination, w.run = row.run, w.scored_seq = row.watermark,
    w.source_levels = coalesce(row.source_levels, w.source_levels),
    w.destination_levels = coalesce(row.destination_levels, w.destination_levels)
} IN TRANSACTIONS OF 2000 ROWS ON ERROR RETRY FOR 30 SECONDS THEN FAIL
RETURN count(*) AS stored
