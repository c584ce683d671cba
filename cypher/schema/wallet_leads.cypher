// name:       wallet_leads
// purpose:    Keys that entities had when this wallet was the first of theirs, so that an old key leads to where it is now.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      wallet_leads
CYPHER 25
CREATE INDEX wallet_leads IF NOT EXISTS
FOR (w:Wallet) ON (w.leads)
