// name:       routes_destination
// purpose:    For each question, the wallets on the shortest ways of the money from given wallets to attributed ones, both ends with them.
// mode:       read
// parameters: asked LIST<MAP>
// returns:    id STRING, wallets LIST<STRING>
// complexity: one shortest-path search of <= 6 flows for each pair of a given and an attributed wallet, within the time limit
// index:      wallet_key, attribution_id
//
// A question has an id, keys of wallets, and ids of attributions. A way does not lead through a wallet at which tracing
// stops. What went through a pool is not followed.
CYPHER 25
UNWIND $asked AS question
CALL (question) {
  UNWIND question.attributions AS id
  MATCH (:Attribution {id: id})-[:ABOUT]->(e:Wallet)
  WITH DISTINCT question, e
  UNWIND question.keys AS key
  MATCH (p:Wallet {key: key})
  CALL (e, p) {
    WITH e, p WHERE e = p
    RETURN [p.key] AS way
    UNION
    WITH e, p WHERE e <> p
    MATCH trail = ALL SHORTEST ((e) ((a)<-[:FLOW]-(b) WHERE a = e OR NOT (a:Illicit OR a:Service)){1,6} (p))
    UNWIND nodes(trail) AS met
    RETURN collect(DISTINCT met.key) AS way
  }
  UNWIND way AS wallet
  WITH DISTINCT wallet ORDER BY wallet
  RETURN collect(wallet) AS wallets
}
RETURN question.id AS id, wallets ORDER BY id
