// name:       describe_wallets
// purpose:    What a picture or a path shows of each of the given wallets.
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING, category STRING, actor STRING, attribution STRING, score FLOAT, in_value INTEGER, out_value INTEGER
// complexity: one index look-up per key
// index:      wallet_key
CYPHER 25
UNWIND $keys AS key
MATCH (w:Wallet {key: key})
RETURN w.key AS key, w.category AS category, w.actor AS actor, w.attribution AS attribution, w.score AS score,
  w.in_value AS in_value, w.out_value AS out_value
ORDER BY key
