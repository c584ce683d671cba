// name:       wallet_category
// purpose:    All wallets of one category, the seeds of a batch exposure.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      wallet_category
CYPHER 25
CREATE INDEX wallet_category IF NOT EXISTS
FOR (w:Wallet) ON (w.category)
