// name:       store_scores
// purpose:    Write the scores of a run to its wallets, for Browser, subgraphs and lists, and their levels for re-screening.
// mode:       batched
// parameters: keys LIST<STRING>, scores LIST<FLOAT>, hop_scores LIST<FLOAT>, sources LIST<FLOAT>, destinations LIST<FLOAT>, source_levels LIST<BYTES>, destination_levels LIST<BYTES>, run STRING, watermark INTEGER
// returns:    stored INTEGER
// complexity: one index look-up per wallet, committed every 2,000; a commit that met another writer is tried again
// index:      wallet_key
CYPHER 25
UNWIND range(0, size($keys) - 1) AS i
CALL (i) {
  MATCH (w:Wallet {key: $keys[i]})
  SET w.score = $scores[i], w.hop_score = $hop_scores[i], w.illicit_source_share = $sources[i],
    w.illicit_destination_share = $destinations[i], w.run = $run, w.scored_seq = $watermark,
    w.source_levels = $source_levels[i], w.destination_levels = $destination_levels[i]
} IN 2 CONCURRENT TRANSACTIONS OF 2000 ROWS ON ERROR RETRY FOR 30 SECONDS THEN FAIL
RETURN count(*) AS stored
