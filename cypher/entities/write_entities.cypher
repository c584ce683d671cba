// name:       write_entities
// purpose:    Write whole entities: those that end, those that are, and the wallets that changed, waited, or lost company.
// mode:       write
// parameters: gone LIST<STRING>, entities LIST<MAP>, wallets LIST<MAP>
// returns:    wallets INTEGER
// complexity: linear in the given rows and the members of entities that end
// index:      entity_key, wallet_key
//
// An entity is '' where a wallet has none now.
CYPHER 25
CALL () {
  UNWIND $gone AS key
  MATCH (e:Entity {key: key})
  DETACH DELETE e
  RETURN count(*) AS ended
}
CALL () {
  UNWIND $entities AS row
  MERGE (e:Entity {key: row.key})
  SET e.network = row.network, e.size = row.size, e.confidence = row.confidence
  WITH row
  MATCH (w:Wallet {key: row.first})
  SET w.leads = row.key
  RETURN count(*) AS written
}
CALL () {
  UNWIND $wallets AS row
  MATCH (w:Wallet {key: row.wallet})
  REMOVE w:Unclustered
  FOREACH (_ IN CASE WHEN row.is_torn THEN [1] ELSE [] END |
    SET w:Stale, w.stale = coalesce(w.stale, 0) + 1, w.stale_in = true, w.stale_out = true)
  WITH w, row
  CALL (w, row) {
    MATCH (w)-[m:MEMBER_OF]->(old:Entity) WHERE old.key <> row.entity
    DELETE m
  }
  CALL (w, row) {
    MATCH (e:Entity {key: row.entity})
    MERGE (w)-[:MEMBER_OF]->(e)
  }
  RETURN count(*) AS wallets
}
RETURN wallets
