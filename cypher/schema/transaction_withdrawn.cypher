// name:       transaction_withdrawn
// purpose:    Withdrawn transactions, which are few: no other has this number.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      transaction_withdrawn
CYPHER 25
CREATE INDEX transaction_withdrawn IF NOT EXISTS
FOR (t:Transaction) ON (t.withdrawn_seq)
