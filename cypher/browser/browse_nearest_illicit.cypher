// name:       browse_nearest_illicit
// purpose:    Which illicit wallets are nearest to this one, whichever way the money went? One shortest path to each.
// mode:       read
// parameters: key STRING, limit INTEGER
// returns:    hops INTEGER, illicit STRING, category STRING, actor STRING, path PATH
// complexity: breadth first over at most 3 hops around one indexed wallet: each flow in reach read once
// index:      wallet_key
//
// What went through a pool stands on no flow and is not drawn. In Neo4j Browser first set the parameters:
//   :param key => 'eth:0x1794065ff9c3b4e8bc3d3a0657bfa290eabfc62e';
//   :param limit => 25
CYPHER 25
MATCH path = ANY SHORTEST (w:Wallet {key: $key})-[:FLOW]-{1,3}(i:Illicit)
RETURN length(path) AS hops, i.key AS illicit, i.category AS category, i.actor AS actor, path
ORDER BY hops, illicit LIMIT $limit
