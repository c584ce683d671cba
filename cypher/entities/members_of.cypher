// name:       members_of
// purpose:    The wallets of given entities, each list in order of key and cut at a number.
// mode:       read
// parameters: entities LIST<STRING>, most INTEGER
// returns:    entity STRING, members LIST<STRING>
// complexity: every member of the given entities is read, the first $most of each are kept
// index:      entity_key
CYPHER 25
UNWIND $entities AS key
MATCH (e:Entity {key: key})
CALL (e) {
  MATCH (w:Wallet)-[:MEMBER_OF]->(e)
  WITH w ORDER BY w.key LIMIT $most
  RETURN collect(w.key) AS members
}
RETURN e.key AS entity, members
