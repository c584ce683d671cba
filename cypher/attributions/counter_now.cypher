// name:       counter_now
// purpose:    The graph's latest number and instant, and the instant for which its cached categories were decided.
// mode:       read
// parameters: now DATETIME
// returns:    seq INTEGER, at DATETIME, refreshed_at DATETIME
// complexity: one node
// index:      counter_name
CYPHER 25
MATCH (c:Counter {name: 'graph'})
RETURN c.seq AS seq, coalesce(c.at, $now) AS at, c.refreshed_at AS refreshed_at
