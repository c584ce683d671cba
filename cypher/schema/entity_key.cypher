// name:       entity_key
// purpose:    One entity per key.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      entity_key
CYPHER 25
CREATE CONSTRAINT entity_key IF NOT EXISTS
FOR (e:Entity) REQUIRE e.key IS UNIQUE
