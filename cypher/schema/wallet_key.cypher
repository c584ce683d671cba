// name:       wallet_key
// purpose:    One wallet per key, and the index every query starts from.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      wallet_key
CYPHER 25
CREATE CONSTRAINT wallet_key IF NOT EXISTS
FOR (w:Wallet) REQUIRE w.key IS UNIQUE
