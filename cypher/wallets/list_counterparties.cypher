// name:       list_counterparties
// purpose:    The wallets that paid one wallet or were paid by it, directly or through pools, most valuable first; what it
//             paid itself is left out.
// mode:       read
// parameters: key STRING, sources BOOLEAN, destinations BOOLEAN, after_value INTEGER, after_key STRING, after_direction STRING, limit INTEGER
// returns:    key STRING, direction STRING, value INTEGER, count INTEGER, first_at DATETIME, last_at DATETIME, category STRING, actor STRING
// complexity: all flows of one indexed wallet and the other sides of its pools are looked at, $limit are returned
// index:      wallet_key
//
// Of a pool the value is the counterparty's part, as tracing sees it from this wallet, cut to a whole micro-unit.
CYPHER 25
MATCH (w:Wallet {key: $key})
CALL (w) {
  MATCH (w)-[f:FLOW]-(o:Wallet)
  WHERE o <> w AND (($sources AND endNode(f) = w) OR ($destinations AND startNode(f) = w))
  RETURN o, CASE WHEN endNode(f) = w THEN 'source' ELSE 'destination' END AS direction, f.value AS value, f.count AS count,
    f.first_at AS first_at, f.last_at AS last_at
  UNION ALL
  MATCH (w)-[own:POOLED_IN|POOLED_OUT]-(t:Transaction)-[other:POOLED_IN|POOLED_OUT]-(o:Wallet)
  WHERE o <> w AND type(own) <> type(other) AND t.withdrawn_at IS NULL
    AND (($sources AND endNode(own) = w) OR ($destinations AND startNode(own) = w))
  RETURN o, CASE WHEN endNode(own) = w THEN 'source' ELSE 'destination' END AS direction,
    toInteger(toFloat(other.value) * own.net / (t.value - own.across)) AS value, 1 AS count, t.at AS first_at, t.at AS last_at
}
WITH o, direction, sum(value) AS value, sum(count) AS count, min(first_at) AS first_at, max(last_at) AS last_at
WITH *, o.key AS key, o.category AS category, o.actor AS actor
WHERE $after_value IS NULL OR value < $after_value
  OR (value = $after_value AND (key > $after_key OR (key = $after_key AND direction < $after_direction)))
RETURN key, direction, value, count, first_at, last_at, category, actor
ORDER BY value DESC, key, direction DESC LIMIT $limit
