// name:       restore_counter
// purpose:    Set the graph's counter, which never goes back, to what the ledger has seen of it; and the instant for which
//             its categories are decided, unless that is null.
// mode:       write
// parameters: seq INTEGER, at DATETIME, refreshed_at DATETIME
// returns:    seq INTEGER
// complexity: one node
// index:      counter_name
CYPHER 25
MATCH (c:Counter {name: 'graph'})
SET c.seq = CASE WHEN c.seq > $seq THEN c.seq ELSE $seq END,
  c.at = CASE WHEN c.at > $at THEN c.at ELSE $at END,
  c.refreshed_at = CASE WHEN $refreshed_at IS NULL OR c.refreshed_at > $refreshed_at THEN c.refreshed_at ELSE $refreshed_at END
RETURN c.seq AS seq
