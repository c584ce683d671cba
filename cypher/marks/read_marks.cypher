// name:       read_marks
// purpose:    Wallets marked stale, with the version of each mark and what changed about them.
// mode:       read
// parameters: limit INTEGER
// returns:    key STRING, version INTEGER, stale_in BOOLEAN, stale_out BOOLEAN, stale_near BOOLEAN, stale_links BOOLEAN, stale_category BOOLEAN, stale_illicit BOOLEAN, is_scored BOOLEAN
// complexity: every marked wallet is looked at, the first $limit by key are kept
// index:      none
CYPHER 25
MATCH (w:Stale)
WITH w ORDER BY w.key LIMIT $limit
RETURN w.key AS key, w.stale AS version, coalesce(w.stale_in, false) AS stale_in, coalesce(w.stale_out, false) AS stale_out,
  coalesce(w.stale_near, false) AS stale_near, coalesce(w.stale_links, false) AS stale_links,
  coalesce(w.stale_category, false) AS stale_category, coalesce(w.stale_illicit, false) AS stale_illicit, w.scored_seq IS NOT NULL AS is_scored
ORDER BY key
