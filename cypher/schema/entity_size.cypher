// name:       entity_size
// purpose:    Entities by size, the largest first, for lists.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      entity_size
CYPHER 25
CREATE INDEX entity_size IF NOT EXISTS
FOR (e:Entity) ON (e.size)
