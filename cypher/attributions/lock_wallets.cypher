// name:       lock_wallets
// purpose:    Make sure that the wallets exist and hold their locks, in the order given (sorted); tell what is cached.
// mode:       write
// parameters: wallets LIST<MAP>
// returns:    key STRING, category STRING, actor STRING, attribution STRING
// complexity: one index look-up per wallet
// index:      wallet_key
CYPHER 25
UNWIND $wallets AS row
MERGE (w:Wallet {key: row.key})
ON CREATE SET w.network = row.network, w.address = row.address,
  w.in_value = 0, w.out_value = 0, w.in_count = 0, w.out_count = 0,
  w:Stale, w.stale = 0
SET w.key = row.key
RETURN w.key AS key, w.category AS category, w.actor AS actor, w.attribution AS attribution
