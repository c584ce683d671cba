// name:       categories_present
// purpose:    Which categories any wallet has now.
// mode:       read
// parameters: none
// returns:    category STRING, wallets INTEGER
// complexity: the attributed wallets, through their index
// index:      wallet_category
CYPHER 25
MATCH (w:Wallet) WHERE w.category IS NOT NULL
RETURN w.category AS category, count(*) AS wallets
ORDER BY category
