// name:       settled_counter
// purpose:    The graph's latest number and instant, and the instant for which its cached categories were decided, once
//             everything up to that number can be found.
// mode:       write
// parameters: now DATETIME
// returns:    seq INTEGER, at DATETIME, refreshed_at DATETIME
// complexity: one node; waits for the unit that is being numbered
// index:      counter_name
//
// Neo4j shows what a commit wrote to nodes before its indexes show it: whoever reads the counter and then looks for what
// it counts may miss the last unit. That unit lets go of the counter when it can be found. Nothing is changed.
CYPHER 25
MATCH (c:Counter {name: 'graph'})
SET c.name = c.name
WITH c
RETURN c.seq AS seq, coalesce(c.at, $now) AS at, c.refreshed_at AS refreshed_at
