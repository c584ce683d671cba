// name:       begin_rebuild
// purpose:    Remember that the graph is being rebuilt, until it is whole.
// mode:       write
// parameters: none
// returns:    seq INTEGER
// complexity: one node
// index:      counter_name
CYPHER 25
MATCH (c:Counter {name: 'graph'})
SET c.rebuilding = true
RETURN c.seq AS seq
