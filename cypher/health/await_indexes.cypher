// name:       await_indexes
// purpose:    Wait until every index is online, at most five minutes.
// mode:       read
// parameters: none
// returns:    none
// complexity: constant
// index:      none
CYPHER 25
CALL db.awaitIndexes(300)
