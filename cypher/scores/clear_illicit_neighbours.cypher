// name:       clear_illicit_neighbours
// purpose:    Remove the scratch that mark_illicit_neighbours wrote under a token and count it.
// mode:       batched
// parameters: token INTEGER
// returns:    cleared INTEGER
// complexity: every wallet looked at once
// index:      none
CYPHER 25
MATCH (v:Wallet) WHERE v.scratch_illicit[0] = $token
CALL (v) {
  REMOVE v.scratch_illicit
} IN TRANSACTIONS OF 2000 ROWS ON ERROR RETRY FOR 30 SECONDS THEN FAIL
RETURN count(*) AS cleared
