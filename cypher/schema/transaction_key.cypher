// name:       transaction_key
// purpose:    One transaction per key; a repeated landing finds the first.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      transaction_key
CYPHER 25
CREATE CONSTRAINT transaction_key IF NOT EXISTS
FOR (t:Transaction) REQUIRE t.key IS UNIQUE
