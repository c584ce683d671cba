// name:       lock_attributions
// purpose:    Take turns: one unit at a time changes attributions. Tells the graph's latest number and instant.
// mode:       write
// parameters: now DATETIME
// returns:    seq INTEGER, at DATETIME, refreshed_at DATETIME, rebuilding BOOLEAN
// complexity: two nodes; this lock comes before those of wallets, the graph's counter after them
// index:      counter_name
//
// refreshed_at is the instant for which every wallet's cached category was decided; null for none yet.
CYPHER 25
MERGE (turn:Counter {name: 'attributions'})
SET turn.name = turn.name
WITH turn
MATCH (c:Counter {name: 'graph'})
RETURN c.seq AS seq, coalesce(c.at, $now) AS at, c.refreshed_at AS refreshed_at, coalesce(c.rebuilding, false) AS rebuilding
