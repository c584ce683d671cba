// name:       entities_of
// purpose:    The entities that given wallets belong to, for those that belong to one.
// mode:       read
// parameters: wallets LIST<STRING>
// returns:    wallet STRING, entity STRING
// complexity: one index look-up per wallet
// index:      wallet_key
CYPHER 25
UNWIND $wallets AS key
MATCH (w:Wallet {key: key})-[:MEMBER_OF]->(e:Entity)
RETURN w.key AS wallet, e.key AS entity
