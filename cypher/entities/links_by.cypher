// name:       links_by
// purpose:    How many links of a transaction are between wallets of which one is in an entity.
// mode:       read
// parameters: key STRING, transaction STRING
// returns:    links INTEGER
// complexity: the links of one transaction
// index:      link_transaction
CYPHER 25
MATCH (a:Wallet)-[l:LINKED {transaction: $transaction}]->(b:Wallet)
WHERE EXISTS { (a)-[:MEMBER_OF]->(:Entity {key: $key}) } OR EXISTS { (b)-[:MEMBER_OF]->(:Entity {key: $key}) }
RETURN count(l) AS links
