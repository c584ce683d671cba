// name:       browse_destinations
// purpose:    Where did this wallet's money go? The chains of flows out of it that carry the largest share of its
//             outflow, each followed to where tracing stops: an attributed wallet, one that sent nothing on, or three hops.
// mode:       read
// parameters: key STRING, min_share FLOAT, limit INTEGER
// returns:    share FLOAT, hops INTEGER, destination STRING, category STRING, actor STRING, path PATH
// complexity: at most 3 hops outward from one indexed wallet; a chain that carries less than $min_share is not followed
// index:      wallet_key
//
// What went into a pool stands on no flow and is not drawn. In Neo4j Browser first set the parameters:
//   :param key => 'eth:0x1794065ff9c3b4e8bc3d3a0657bfa290eabfc62e';
//   :param min_share => 0.01;
//   :param limit => 25
CYPHER 25
MATCH path = (w:Wallet {key: $key}) ((b)-[f:FLOW]->(a) WHERE a <> b AND (b.key = $key OR NOT (b:Illicit OR b:Service))){1,3} (u:Wallet)
WHERE allReduce(carried = 1.0, flow IN f | carried * flow.value / startNode(flow).out_value, carried >= $min_share)
  AND (u:Illicit OR u:Service OR u.out_value = 0 OR length(path) = 3)
WITH path, u, reduce(carried = 1.0, flow IN f | carried * flow.value / startNode(flow).out_value) AS share
RETURN share, length(path) AS hops, u.key AS destination, u.category AS category, u.actor AS actor, path
ORDER BY share DESC, hops, [x IN nodes(path) | x.key] LIMIT $limit
