// name:       attributions_about
// purpose:    Every attribution of the given wallets, in force or not.
// mode:       read
// parameters: wallets LIST<STRING>
// returns:    id STRING, wallet STRING, category STRING, source STRING, actor STRING, confidence FLOAT, official BOOLEAN, valid_from DATETIME, valid_to DATETIME, recorded_at DATETIME, withdrawn_at DATETIME, note STRING, author STRING, seq INTEGER, withdrawn_seq INTEGER, supersedes STRING
// complexity: the given wallets and their attributions
// index:      wallet_key
CYPHER 25
UNWIND $wallets AS key
MATCH (a:Attribution)-[:ABOUT]->(w:Wallet {key: key})
RETURN a.id AS id, w.key AS wallet, a.category AS category, a.source AS source, a.actor AS actor,
  a.confidence AS confidence, a.official AS official, a.valid_from AS valid_from, a.valid_to AS valid_to,
  a.recorded_at AS recorded_at, a.withdrawn_at AS withdrawn_at, a.note AS note, a.author AS author, a.seq AS seq,
  a.withdrawn_seq AS withdrawn_seq, a.supersedes AS supersedes
ORDER BY wallet, id
