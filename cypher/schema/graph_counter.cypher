// name:       graph_counter
// purpose:    Create the counter that numbers every change; an existing one is left alone.
// mode:       write
// parameters: none
// returns:    seq INTEGER
// complexity: one node
// index:      counter_name
CYPHER 25
MERGE (c:Counter {name: 'graph'})
ON CREATE SET c.seq = 0
RETURN c.seq AS seq
