// name:       browse_common_counterparties
// purpose:    With whom do both of these wallets deal? Each counterparty they have in common, and how much moved between
//             it and either, in both directions together; the one through which most may have passed first.
// mode:       read
// parameters: key STRING, other STRING, limit INTEGER
// returns:    counterparty STRING, category STRING, actor STRING, value INTEGER, other_value INTEGER, paths LIST<PATH>
// complexity: 1 hop around one indexed wallet, each neighbour joined to the other; capped by $limit
// index:      wallet_key
//
// Who is one only through a pool stands on no flow and is not drawn. In Neo4j Browser first set the parameters; value is
// in millionths of the reference currency:
//   :param key => 'eth:0x1794065ff9c3b4e8bc3d3a0657bfa290eabfc62e';
//   :param other => 'eth:0x5baeac0a0417a05733884852aa068b706967e790';
//   :param limit => 25
CYPHER 25
MATCH path = (w:Wallet {key: $key})-[f:FLOW]-(v:Wallet)-[g:FLOW]-(o:Wallet {key: $other})
WHERE v <> w AND v <> o AND w <> o
WITH v, collect(DISTINCT f) AS near, collect(DISTINCT g) AS far, collect(path) AS paths
WITH *, reduce(total = 0, flow IN near | total + flow.value) AS value, reduce(total = 0, flow IN far | total + flow.value) AS other_value
RETURN v.key AS counterparty, v.category AS category, v.actor AS actor, value, other_value, paths
ORDER BY CASE WHEN value < other_value THEN value ELSE other_value END DESC, counterparty LIMIT $limit
