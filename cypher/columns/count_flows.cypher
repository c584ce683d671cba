// name:       count_flows
// purpose:    How many flows there are.
// mode:       read
// parameters: none
// returns:    flows INTEGER
// complexity: the store's own counter of the relationship type
// index:      none
CYPHER 25
MATCH ()-[f:FLOW]->()
RETURN count(f) AS flows
