// name:       entity_border
// purpose:    What moved across the border of an entity, by member; what moved through pools is not told.
// mode:       read
// parameters: key STRING, size INTEGER
// returns:    received LIST<INTEGER>, sent LIST<INTEGER>
// complexity: the members and each of their flows; in chunks of $size members
// index:      entity_key
CYPHER 25
MATCH (w:Wallet)-[:MEMBER_OF]->(e:Entity {key: $key})
WITH e, collect(w) AS found
UNWIND range(0, size(found) - 1, $size) AS first
WITH e, found[first..first + $size] AS part
CALL (e, part) {
  UNWIND part AS w
  CALL (e, w) {
    MATCH (v:Wallet)-[f:FLOW]->(w) WHERE NOT EXISTS { (v)-[:MEMBER_OF]->(e) }
    RETURN coalesce(sum(f.value), 0) AS received
  }
  CALL (e, w) {
    MATCH (w)-[f:FLOW]->(v:Wallet) WHERE NOT EXISTS { (v)-[:MEMBER_OF]->(e) }
    RETURN coalesce(sum(f.value), 0) AS sent
  }
  RETURN collect(received) AS received, collect(sent) AS sent
}
RETURN received, sent
