// name:       wallet_actor
// purpose:    Wallets by the words of the name they are known under.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      none
CYPHER 25
CREATE FULLTEXT INDEX wallet_actor IF NOT EXISTS
FOR (w:Wallet) ON EACH [w.actor]
