// name:       browse_cycles
// purpose:    Does this wallet's money come back to it? Rings of two to four flows that leave it and return, the widest first.
// mode:       read
// parameters: key STRING, least INTEGER, limit INTEGER
// returns:    bottleneck INTEGER, hops INTEGER, wallets LIST<STRING>, path PATH
// complexity: at most 4 hops outward from one indexed wallet; a flow below $least and an attributed wallet are not passed
// index:      wallet_key
//
// The smallest flow of a ring is its bottleneck. Flows are sums over all time: that a ring closes does not say that its
// money moved in that order. In Neo4j Browser first set the parameters; value is in millionths of the reference currency:
//   :param key => 'eth:0x1794065ff9c3b4e8bc3d3a0657bfa290eabfc62e';
//   :param least => 1000000;
//   :param limit => 25
CYPHER 25
MATCH path = (w:Wallet {key: $key}) ((a)-[f:FLOW]->(b)
  WHERE a <> b AND f.value >= $least AND (a.key = $key OR NOT (a:Illicit OR a:Service))){2,4} (w)
WHERE all(i IN range(0, size(a) - 1) WHERE NOT a[i] IN a[i + 1..])
WITH path, a, reduce(least = head(f).value, flow IN f | CASE WHEN flow.value < least THEN flow.value ELSE least END) AS bottleneck
RETURN bottleneck, length(path) AS hops, [x IN a | x.key] AS wallets, path
ORDER BY bottleneck DESC, hops, wallets LIMIT $limit
