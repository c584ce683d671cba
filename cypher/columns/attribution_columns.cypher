// name:       attribution_columns
// purpose:    Attributions recorded by a time, as columns, and whether each was in force: believed then, and valid then;
//             recorded is in microseconds since 1970.
// mode:       read
// parameters: valid_at DATETIME, known_at DATETIME, size INTEGER
// returns:    ids LIST<STRING>, wallets LIST<STRING>, categories LIST<STRING>, confidences LIST<FLOAT>, officials LIST<BOOLEAN>,
//             in_force LIST<BOOLEAN>, recorded LIST<INTEGER>
// complexity: every attribution read once; returned in chunks of $size
// index:      none
CYPHER 25
MATCH (a:Attribution)-[:ABOUT]->(w:Wallet) WHERE a.recorded_at <= $known_at
WITH {
  id: a.id, wallet: w.key, category: a.category, confidence: a.confidence, official: coalesce(a.official, false),
  recorded: a.recorded_at.epochSeconds * 1000000 + a.recorded_at.microsecond,
  in_force: (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
    AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to)
} AS row
WITH collect(row) AS rows
UNWIND CASE WHEN rows = [] THEN [] ELSE range(0, size(rows) - 1, $size) END AS first
WITH rows[first..first + $size] AS part
RETURN [r IN part | r.id] AS ids, [r IN part | r.wallet] AS wallets, [r IN part | r.category] AS categories,
  [r IN part | r.confidence] AS confidences, [r IN part | r.official] AS officials, [r IN part | r.in_force] AS in_force,
  [r IN part | r.recorded] AS recorded
