// name:       list_attributions_of_category
// purpose:    Attributions of one category, latest first; like list_attributions.
// mode:       read
// parameters: before_seq INTEGER, category STRING, source STRING, in_force BOOLEAN, review BOOLEAN, categories LIST<STRING>, known_at DATETIME, valid_at DATETIME, limit INTEGER
// returns:    id STRING, wallet STRING, category STRING, source STRING, actor STRING, confidence FLOAT, official BOOLEAN, valid_from DATETIME, valid_to DATETIME, recorded_at DATETIME, withdrawn_at DATETIME, note STRING, author STRING, seq INTEGER, withdrawn_seq INTEGER, supersedes STRING
// complexity: the attributions of the category
// index:      attribution_category
CYPHER 25
MATCH (a:Attribution {category: $category}) USING INDEX a:Attribution(category) WHERE a.seq < $before_seq AND ($source IS NULL OR a.source = $source)
WITH a, a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at AS stands
WHERE a.recorded_at <= $known_at AND ($review IS NULL OR $review = (stands AND NOT a.category IN $categories))
  AND ($in_force IS NULL
    OR $in_force = (stands AND coalesce(a.valid_from <= $valid_at, true) AND coalesce($valid_at < a.valid_to, true)))
WITH a ORDER BY a.seq DESC LIMIT $limit
MATCH (a)-[:ABOUT]->(w:Wallet)
RETURN a.id AS id, w.key AS wallet, a.category AS category, a.source AS source, a.actor AS actor,
  a.confidence AS confidence, a.official AS official, a.valid_from AS valid_from, a.valid_to AS valid_to,
  a.recorded_at AS recorded_at, a.withdrawn_at AS withdrawn_at, a.note AS note, a.author AS author, a.seq AS seq,
  a.withdrawn_seq AS withdrawn_seq, a.supersedes AS supersedes
ORDER BY seq DESC
