// name:       wallet_columns
// purpose:    All wallets with their category now, as columns; '' means none.
// mode:       read
// parameters: size INTEGER
// returns:    keys LIST<STRING>, categories LIST<STRING>
// complexity: every wallet read once; returned in chunks of $size
// index:      none
CYPHER 25
MATCH (w:Wallet)
WITH collect(w) AS wallets
UNWIND CASE WHEN wallets = [] THEN [] ELSE range(0, size(wallets) - 1, $size) END AS first
WITH wallets[first..first + $size] AS part
RETURN [w IN part | w.key] AS keys, [w IN part | coalesce(w.category, '')] AS categories
