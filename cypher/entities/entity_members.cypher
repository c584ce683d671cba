// name:       entity_members
// purpose:    A page of the wallets of an entity, in order of key.
// mode:       read
// parameters: key STRING, after STRING, limit INTEGER
// returns:    key STRING, category STRING, in_value INTEGER, out_value INTEGER
// complexity: every member is looked at, $limit are kept
// index:      entity_key
CYPHER 25
MATCH (w:Wallet)-[:MEMBER_OF]->(e:Entity {key: $key})
USING INDEX e:Entity(key)
WHERE w.key > $after
RETURN w.key AS key, w.category AS category, w.in_value AS in_value, w.out_value AS out_value
ORDER BY key LIMIT $limit
