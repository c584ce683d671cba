// name:       labelled_members
// purpose:    What is said of the wallets of entities, all that is not withdrawn.
// mode:       read
// parameters: entities LIST<STRING>
// returns:    entity STRING, attributions LIST<MAP>
// complexity: every member of the given entities is looked at once, and the attributions of those that have any
// index:      entity_key
CYPHER 25
UNWIND $entities AS key
MATCH (e:Entity {key: key})<-[:MEMBER_OF]-(w:Wallet)
WHERE w.category IS NOT NULL
MATCH (w)<-[:ABOUT]-(a:Attribution) WHERE a.withdrawn_at IS NULL
WITH e, w, a ORDER BY a.id
RETURN e.key AS entity, collect({
  id: a.id, wallet: w.key, category: a.category, source: a.source, actor: a.actor, confidence: a.confidence,
  official: a.official, valid_from: a.valid_from, valid_to: a.valid_to
}) AS attributions
