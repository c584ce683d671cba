// name:       link_transaction
// purpose:    What a transaction says about who shares an owner: taken back when it is withdrawn or vetoed.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      link_transaction
CYPHER 25
CREATE INDEX link_transaction IF NOT EXISTS
FOR ()-[l:LINKED]-() ON (l.transaction)
