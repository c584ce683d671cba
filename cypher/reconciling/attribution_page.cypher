// name:       attribution_page
// purpose:    Attributions in order of id, those beyond one, with the digest of what each says.
// mode:       read
// parameters: after STRING, limit INTEGER
// returns:    id STRING, wallet STRING, category STRING, source STRING, actor STRING, confidence FLOAT, official BOOLEAN, valid_from DATETIME, valid_to DATETIME, recorded_at DATETIME, withdrawn_at DATETIME, note STRING, author STRING, seq INTEGER, withdrawn_seq INTEGER, supersedes STRING, content STRING
// complexity: a stretch of an index
// index:      attribution_id
CYPHER 25
MATCH (a:Attribution)
USING INDEX a:Attribution(id)
WHERE a.id > $after
WITH a ORDER BY a.id LIMIT $limit
MATCH (a)-[:ABOUT]->(w:Wallet)
RETURN a.id AS id, w.key AS wallet, a.category AS category, a.source AS source, a.actor AS actor,
  a.confidence AS confidence, a.official AS official, a.valid_from AS valid_from, a.valid_to AS valid_to,
  a.recorded_at AS recorded_at, a.withdrawn_at AS withdrawn_at, a.note AS note, a.author AS author, a.seq AS seq,
  a.withdrawn_seq AS withdrawn_seq, a.supersedes AS supersedes, a.content AS content
ORDER BY id
