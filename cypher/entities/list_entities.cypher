// name:       list_entities
// purpose:    A page of entities, the largest first.
// mode:       read
// parameters: size INTEGER, after STRING, limit INTEGER
// returns:    key STRING, network STRING, size INTEGER, confidence FLOAT
// complexity: a stretch of an index; those of one size are ordered
// index:      entity_size
CYPHER 25
MATCH (e:Entity) USING INDEX e:Entity(size)
WHERE e.size <= $size AND (e.size < $size OR e.key > $after)
RETURN e.key AS key, e.network AS network, e.size AS size, e.confidence AS confidence
ORDER BY size DESC, key LIMIT $limit
