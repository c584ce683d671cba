// name:       ping
// purpose:    One round trip, to see that the database answers.
// mode:       read
// parameters: none
// returns:    one INTEGER
// complexity: constant
// index:      none
CYPHER 25
RETURN 1 AS one
