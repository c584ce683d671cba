// name:       cached_categories
// purpose:    What is cached on given wallets of the attribution that decides, with the labels of its class.
// mode:       read
// parameters: keys LIST<STRING>
// returns:    key STRING, category STRING, actor STRING, attribution STRING, illicit BOOLEAN, service BOOLEAN
// complexity: one index look-up per wallet
// index:      wallet_key
CYPHER 25
UNWIND $keys AS key
MATCH (w:Wallet {key: key})
USING INDEX w:Wallet(key)
RETURN key, w.category AS category, w.actor AS actor, w.attribution AS attribution, w:Illicit AS illicit, w:Service AS service
ORDER BY key
