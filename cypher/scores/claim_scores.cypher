// name:       claim_scores
// purpose:    Take the right to write scores from everybody who began before; a re-screening does not take it from a run.
// mode:       write
// parameters: is_run BOOLEAN
// returns:    runs INTEGER, writers INTEGER
// complexity: one node
// index:      counter_name
CYPHER 25
MERGE (c:Counter {name: 'scores'})
SET c.runs = coalesce(c.runs, 0) + CASE WHEN $is_run THEN 1 ELSE 0 END, c.writers = coalesce(c.writers, 0) + 1
RETURN c.runs AS runs, c.writers AS writers
