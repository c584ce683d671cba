// name:       end_rebuild
// purpose:    Say that the graph is whole again.
// mode:       write
// parameters: none
// returns:    seq INTEGER
// complexity: one node
// index:      counter_name
CYPHER 25
MATCH (c:Counter {name: 'graph'})
SET c.rebuilding = null
RETURN c.seq AS seq
