// name:       attributions_of_ids
// purpose:    The attributions of the given ids, in force or not; unknown ids are left out.
// mode:       read
// parameters: ids LIST<STRING>
// returns:    id STRING, wallet STRING, category STRING, source STRING, actor STRING, confidence FLOAT, official BOOLEAN, valid_from DATETIME, valid_to DATETIME, recorded_at DATETIME, withdrawn_at DATETIME, note STRING, author STRING, seq INTEGER, withdrawn_seq INTEGER, supersedes STRING
// complexity: one index look-up per id
// index:      attribution_id
CYPHER 25
UNWIND $ids AS id
MATCH (a:Attribution {id: id})-[:ABOUT]->(w:Wallet)
RETURN a.id AS id, w.key AS wallet, a.category AS category, a.source AS source, a.actor AS actor,
  a.confidence AS confidence, a.official AS official, a.valid_from AS valid_from, a.valid_to AS valid_to,
  a.recorded_at AS recorded_at, a.withdrawn_at AS withdrawn_at, a.note AS note, a.author AS author, a.seq AS seq,
  a.withdrawn_seq AS withdrawn_seq, a.supersedes AS supersedes
ORDER BY id
