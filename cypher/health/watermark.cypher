// name:       watermark
// purpose:    The highest seq of the graph: what an answer given now has seen.
// mode:       read
// parameters: none
// returns:    seq INTEGER
// complexity: one node
// index:      counter_name
CYPHER 25
MATCH (c:Counter {name: 'graph'})
RETURN c.seq AS seq
