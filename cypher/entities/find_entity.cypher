// name:       find_entity
// purpose:    The entity of a key, or that of the wallet which was first when an entity had this key.
// mode:       read
// parameters: key STRING
// returns:    key STRING, network STRING, size INTEGER, confidence FLOAT
// complexity: two index look-ups
// index:      entity_key, wallet_leads
CYPHER 25
CALL () {
  MATCH (e:Entity {key: $key})
  RETURN e, 0 AS rank
  UNION ALL
  MATCH (w:Wallet {leads: $key})-[:MEMBER_OF]->(e:Entity)
  RETURN e, 1 AS rank
}
RETURN e.key AS key, e.network AS network, e.size AS size, e.confidence AS confidence
ORDER BY rank, key LIMIT 1
