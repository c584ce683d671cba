// name:       count_marks
// purpose:    How many wallets are marked stale.
// mode:       read
// parameters: none
// returns:    marks INTEGER
// complexity: the store's own counter of the label
// index:      none
CYPHER 25
MATCH (w:Stale)
RETURN count(w) AS marks
