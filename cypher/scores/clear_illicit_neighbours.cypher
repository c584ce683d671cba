// name:       clear_illicit_neighbours
// purpose:    Remove the scratch of mark_illicit_neighbours.
// mode:       batched
// parameters: none
// returns:    cleared INTEGER
// complexity: every wallet looked at once
// index:      none
CYPHER 25
MATCH (v:Wallet) WHERE v.scratch_illicit IS NOT NULL
CALL (v) {
  REMOVE v.scratch_illicit
} IN TRANSACTIONS OF 5000 ROWS
RETURN count(*) AS cleared
