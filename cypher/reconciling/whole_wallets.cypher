// name:       whole_wallets
// purpose:    Wallets in order of key, those beyond one, with sums, category and flows, to be digested.
// mode:       read
// parameters: after STRING, limit INTEGER
// returns:    key STRING, wallet LIST<ANY>, flows LIST<LIST>
// complexity: a stretch of an index and the flows of its wallets
// index:      wallet_key
CYPHER 25
MATCH (w:Wallet)
USING INDEX w:Wallet(key)
WHERE w.key > $after
WITH w ORDER BY w.key LIMIT $limit
RETURN w.key AS key,
  [w.network, w.address, w.in_value, w.in_count, w.out_value, w.out_count,
   w.first_at.epochSeconds * 1000000 + w.first_at.microsecond, w.last_at.epochSeconds * 1000000 + w.last_at.microsecond,
   w.category, w.actor, w.attribution, w:Illicit, w:Service] AS wallet,
  COLLECT {
    MATCH (w)-[f:FLOW]->(v:Wallet)
    RETURN [v.key, f.value, f.count, f.first_at.epochSeconds * 1000000 + f.first_at.microsecond,
      f.last_at.epochSeconds * 1000000 + f.last_at.microsecond] ORDER BY v.key, f.value
  } AS flows
ORDER BY key
