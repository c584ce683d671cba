// name:       sent_history
// purpose:    What a wallet sent, in the order of time: windows and the last payments are a stretch of this index.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      sent_history
//
// One entry per wallet and transaction, only while the transaction counts (at_us) and moved value between others (net).
CYPHER 25
CREATE INDEX sent_history IF NOT EXISTS
FOR ()-[s:SENT]-() ON (s.wallet, s.at_us, s.net)
