// name:       rebuild_under_way
// purpose:    Whether a rebuild was begun and has not ended.
// mode:       read
// parameters: none
// returns:    rebuilding BOOLEAN
// complexity: one node
// index:      counter_name
CYPHER 25
OPTIONAL MATCH (c:Counter {name: 'graph'})
RETURN coalesce(c.rebuilding, false) AS rebuilding
