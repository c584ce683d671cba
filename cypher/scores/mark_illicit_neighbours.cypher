// name:       mark_illicit_neighbours
// purpose:    Note on every wallet beside an illicit one which illicit wallets those are, as scratch for hop_counts.
// mode:       batched
// parameters: token STRING
// returns:    marked INTEGER
// complexity: the flows of illicit wallets, read once; memory of one list per neighbour
// index:      none
//
// The list begins with the token of the run that wrote it: a run that comes late can neither be taken for another
// nor go unnoticed, because the run that reads counts its own marks when it clears them.
CYPHER 25
MATCH (i:Illicit)-[:FLOW]-(v:Wallet) WHERE i <> v
WITH v, [$token] + collect(DISTINCT i.key) AS illicit
CALL (v, illicit) {
  SET v.scratch_illicit = illicit
} IN TRANSACTIONS OF 2000 ROWS ON ERROR RETRY FOR 30 SECONDS THEN FAIL
RETURN count(*) AS marked
