// name:       transaction_seq
// purpose:    Transactions in landing order, for lists and for what changed since a watermark.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      transaction_seq
CYPHER 25
CREATE INDEX transaction_seq IF NOT EXISTS
FOR (t:Transaction) ON (t.seq)
