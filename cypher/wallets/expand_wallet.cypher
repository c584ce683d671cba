// name:       expand_wallet
// purpose:    The counterparties of one wallet that a picture of it is widened by, most valuable first, and how many there are.
// mode:       read
// parameters: key STRING, direction STRING, category STRING, uncategorised BOOLEAN, min_value INTEGER, since DATETIME, until DATETIME, limit INTEGER
// returns:    key STRING, category STRING, actor STRING, attribution STRING, score FLOAT, in_value INTEGER, out_value INTEGER, degree INTEGER, direction STRING, value INTEGER, count INTEGER, first_at DATETIME, last_at DATETIME, matching INTEGER, total INTEGER
// complexity: all flows of one indexed wallet and the other sides of its pools are looked at, $limit wallets are returned
// index:      wallet_key
//
// A row a flow: two for a counterparty that both paid and was paid, if both were asked for. A flow is in the window if any
// of the time between its first and its last movement is; its value is all it ever moved. `degree` counts the flows of a
// counterparty, so that a hub is told. Always one row at least: without a key where nothing matches.
CYPHER 25
MATCH (w:Wallet {key: $key})
CALL (w) {
  MATCH (w)-[f:FLOW]-(o:Wallet)
  WHERE o <> w
  RETURN o, CASE WHEN endNode(f) = w THEN 'source' ELSE 'destination' END AS direction, f.value AS value, f.count AS count,
    f.first_at AS first_at, f.last_at AS last_at
  UNION ALL
  MATCH (w)-[own:POOLED_IN|POOLED_OUT]-(t:Transaction)-[other:POOLED_IN|POOLED_OUT]-(o:Wallet)
  WHERE o <> w AND type(own) <> type(other) AND t.withdrawn_at IS NULL
  RETURN o, CASE WHEN endNode(own) = w THEN 'source' ELSE 'destination' END AS direction,
    toInteger(toFloat(other.value) * own.net / (t.value - own.across)) AS value, 1 AS count, t.at AS first_at, t.at AS last_at
}
WITH o, direction, sum(value) AS value, sum(count) AS count, min(first_at) AS first_at, max(last_at) AS last_at
WITH o, direction, value, count, first_at, last_at,
  ($direction IS NULL OR direction = $direction) AND value >= $min_value
  AND ($since IS NULL OR last_at >= $since) AND ($until IS NULL OR first_at <= $until)
  AND ($category IS NULL OR coalesce(o.category, '') = $category) AND (NOT $uncategorised OR o.category IS NULL) AS is_asked
WITH o, max(CASE WHEN is_asked THEN value END) AS most,
  collect(CASE WHEN is_asked THEN
    {direction: direction, value: value, count: count, first_at: first_at, last_at: last_at} END) AS flows
ORDER BY most IS NULL, most DESC, o.key
WITH collect(CASE WHEN most IS NOT NULL THEN {wallet: o, flows: flows, most: most} END) AS found, count(*) AS total
UNWIND CASE WHEN size(found) = 0 THEN [null] ELSE found[0..$limit] END AS row
WITH row.wallet AS o, row.flows AS flows, row.most AS most, size(found) AS matching, total
WITH o, flows, most, matching, total, COUNT { (o)-[:FLOW]-() } AS degree
UNWIND coalesce(flows, [null]) AS flow
RETURN o.key AS key, o.category AS category, o.actor AS actor, o.attribution AS attribution, o.score AS score,
  o.in_value AS in_value, o.out_value AS out_value,
  degree, flow.direction AS direction, flow.value AS value, flow.count AS count, flow.first_at AS first_at,
  flow.last_at AS last_at, matching, total
ORDER BY most DESC, key, direction DESC
