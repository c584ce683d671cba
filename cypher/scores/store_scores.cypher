// name:       store_scores
// purpose:    Write the scores of a run to its wallets, for Browser, subgraphs and lists, and what re-screening starts from:
//             their levels and how many illicit neighbours they have. What is not stored a later run has claimed.
//             Without models their list is empty, so that a wallet loses what an earlier run stored of them.
// mode:       batched
// parameters: keys LIST<STRING>, scores LIST<FLOAT>, hop_scores LIST<FLOAT>, sources LIST<FLOAT>, destinations LIST<FLOAT>, illicit_neighbours LIST<INTEGER>, source_levels LIST<BYTES>, destination_levels LIST<BYTES>, model_scores LIST<FLOAT>, run STRING, watermark INTEGER, claim INTEGER
// returns:    stored INTEGER
// complexity: one index look-up per wallet, committed every 2,000; a commit that met another writer is tried again
// index:      wallet_key, counter_name
CYPHER 25
UNWIND range(0, size($keys) - 1) AS i
CALL (i) {
  MATCH (c:Counter {name: 'scores'}) WHERE c.runs = $claim
  MATCH (w:Wallet {key: $keys[i]})
  SET w.score = $scores[i], w.hop_score = $hop_scores[i], w.illicit_source_share = $sources[i],
    w.illicit_destination_share = $destinations[i], w.illicit_neighbours = $illicit_neighbours[i],
    w.run = $run, w.scored_seq = $watermark,
    w.source_levels = $source_levels[i], w.destination_levels = $destination_levels[i],
    w.model_score = $model_scores[i]
  RETURN count(w) AS written
} IN 2 CONCURRENT TRANSACTIONS OF 2000 ROWS ON ERROR RETRY FOR 30 SECONDS THEN FAIL
RETURN sum(written) AS stored
