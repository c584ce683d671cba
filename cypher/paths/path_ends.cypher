// name:       path_ends
// purpose:    What a question for paths starts with: whether its wallets are known, and how much value one of them moved.
// mode:       read
// parameters: key STRING, to STRING
// returns:    watermark INTEGER, in_value INTEGER, out_value INTEGER, is_known BOOLEAN, to_is_known BOOLEAN
// complexity: two index look-ups
// index:      wallet_key, counter_name
CYPHER 25
MATCH (c:Counter {name: 'graph'})
OPTIONAL MATCH (w:Wallet {key: $key})
OPTIONAL MATCH (v:Wallet {key: $to})
RETURN c.seq AS watermark, coalesce(w.in_value, 0) AS in_value, coalesce(w.out_value, 0) AS out_value,
  w IS NOT NULL AS is_known, v IS NOT NULL AS to_is_known
