// name:       clustering_name
// purpose:    One node that tells how far wallets are clustered.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      clustering_name
CYPHER 25
CREATE CONSTRAINT clustering_name IF NOT EXISTS
FOR (c:Clustering) REQUIRE c.name IS UNIQUE
