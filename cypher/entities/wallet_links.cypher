// name:       wallet_links
// purpose:    Links of a wallet, the weakest first: what may be said of its owner and is not taken for true stands there.
// mode:       read
// parameters: key STRING, limit INTEGER
// returns:    transaction STRING, heuristic STRING, confidence FLOAT, vetoed BOOLEAN, source STRING, target STRING
// complexity: the links of one wallet
// index:      wallet_key
CYPHER 25
MATCH (w:Wallet {key: $key})-[l:LINKED]-(:Wallet)
WITH DISTINCT l
RETURN l.transaction AS transaction, l.heuristic AS heuristic, l.confidence AS confidence, l.vetoed AS vetoed,
  startNode(l).key AS source, endNode(l).key AS target
ORDER BY vetoed DESC, confidence, transaction, source, target LIMIT $limit
