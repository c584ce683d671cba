// name:       store_rescores
// purpose:    Write re-screened scores, illicit neighbours and levels to their wallets: all of them, or none where one was
//             written at a later watermark.
// mode:       write
// parameters: rows LIST<MAP>, watermark INTEGER
// returns:    stored INTEGER
// complexity: one index look-up per wallet; they come sorted by key so that two writers cannot wait for each other in a ring
// index:      wallet_key
CYPHER 25 replan=skip
CALL () {
  UNWIND $rows AS row
  MATCH (w:Wallet {key: row.key})
  SET w.in_value = w.in_value
  RETURN collect([w, row.properties]) AS pairs, max(w.scored_seq) AS latest
}
UNWIND CASE WHEN latest > $watermark THEN [] ELSE pairs END AS pair
WITH pair[0] AS w, pair[1] AS properties
SET w += properties, w.scored_seq = $watermark
RETURN count(*) AS stored
