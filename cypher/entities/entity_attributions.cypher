// name:       entity_attributions
// purpose:    What is said about the members of an entity, the members in order of key.
// mode:       read
// parameters: key STRING, limit INTEGER
// returns:    wallet STRING, id STRING, category STRING, actor STRING, source STRING, confidence FLOAT
// complexity: the members and their attributions, $limit are kept
// index:      entity_key
CYPHER 25
MATCH (a:Attribution)-[:ABOUT]->(w:Wallet)-[:MEMBER_OF]->(:Entity {key: $key})
WHERE a.withdrawn_at IS NULL
RETURN w.key AS wallet, a.id AS id, a.category AS category, a.actor AS actor, a.source AS source, a.confidence AS confidence
ORDER BY wallet, id LIMIT $limit
