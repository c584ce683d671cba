// name:       relink_payments
// purpose:    Take back what transactions said about owners and say it anew; both ends of a link wait for their entity.
// mode:       write
// parameters: keys LIST<STRING>, links LIST<MAP>, seq INTEGER, vetoed LIST<STRING>
// returns:    linked INTEGER, unlinked INTEGER
// complexity: linear in the links of the given transactions
// index:      link_transaction, wallet_key, clustering_name
CYPHER 25
CALL () {
  UNWIND $keys AS key
  MATCH (a:Wallet)-[l:LINKED {transaction: key}]->(b:Wallet)
  SET a:Unclustered, b:Unclustered
  DELETE l
  RETURN count(*) AS unlinked
}
CALL () {
  UNWIND $links AS row
  MATCH (a:Wallet {key: row.source})
  MATCH (b:Wallet {key: row.target})
  CREATE (a)-[:LINKED {transaction: row.transaction, heuristic: row.heuristic, confidence: row.confidence, vetoed: row.vetoed}]->(b)
  SET a:Unclustered, b:Unclustered
  RETURN count(*) AS linked
}
MERGE (c:Clustering {name: 'graph'})
SET c.linked_seq = $seq, c.vetoed = $vetoed
RETURN linked, unlinked
