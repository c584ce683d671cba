// name:       received_history
// purpose:    What a wallet received, in the order of time: windows and the last payments are a stretch of this index.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      received_history
//
// One entry per wallet and transaction, only while the transaction counts (at_us) and moved value between others (net).
CYPHER 25
CREATE INDEX received_history IF NOT EXISTS
FOR ()-[o:TO]-() ON (o.wallet, o.at_us, o.net)
