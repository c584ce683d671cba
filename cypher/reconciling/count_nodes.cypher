// name:       count_nodes
// purpose:    Whether there is anything in the graph beside what its schema makes.
// mode:       read
// parameters: none
// returns:    wallets INTEGER, transactions INTEGER, attributions INTEGER
// complexity: the store's own counters of the labels
// index:      none
CYPHER 25
CALL () { MATCH (w:Wallet) RETURN count(w) AS wallets }
CALL () { MATCH (t:Transaction) RETURN count(t) AS transactions }
CALL () { MATCH (a:Attribution) RETURN count(a) AS attributions }
RETURN wallets, transactions, attributions
