// name:       list_counterparties
// purpose:    The flows of one wallet with the wallet on the other end, most valuable first; its flow to itself is left out.
// mode:       read
// parameters: key STRING, sources BOOLEAN, destinations BOOLEAN, after_value INTEGER, after_key STRING, after_direction STRING, limit INTEGER
// returns:    key STRING, direction STRING, value INTEGER, count INTEGER, first_at DATETIME, last_at DATETIME, category STRING
// complexity: all flows of one indexed wallet are looked at, $limit are returned
// index:      wallet_key
CYPHER 25
MATCH (w:Wallet {key: $key})-[f:FLOW]-(o:Wallet)
WHERE o <> w AND (($sources AND endNode(f) = w) OR ($destinations AND startNode(f) = w))
WITH f, o.key AS key, o.category AS category, CASE WHEN endNode(f) = w THEN 'source' ELSE 'destination' END AS direction
WHERE $after_value IS NULL OR f.value < $after_value
  OR (f.value = $after_value AND (key > $after_key OR (key = $after_key AND direction < $after_direction)))
RETURN key, direction, f.value AS value, f.count AS count, f.first_at AS first_at, f.last_at AS last_at, category
ORDER BY value DESC, key, direction DESC LIMIT $limit
