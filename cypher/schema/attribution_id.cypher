// name:       attribution_id
// purpose:    One attribution per id, so that an import can be repeated.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      attribution_id
CYPHER 25
CREATE CONSTRAINT attribution_id IF NOT EXISTS
FOR (a:Attribution) REQUIRE a.id IS UNIQUE
