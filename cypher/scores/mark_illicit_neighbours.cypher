// name:       mark_illicit_neighbours
// purpose:    Note on every wallet beside an illicit one which illicit wallets those are, as scratch for hop_scores.
// mode:       batched
// parameters: none
// returns:    marked INTEGER
// complexity: the flows of illicit wallets, read once; memory of one list per neighbour
// index:      none
CYPHER 25
MATCH (i:Illicit)-[:FLOW]-(v:Wallet) WHERE i <> v
WITH v, collect(DISTINCT i.key) AS illicit
CALL (v, illicit) {
  SET v.scratch_illicit = illicit
} IN TRANSACTIONS OF 5000 ROWS
RETURN count(*) AS marked
