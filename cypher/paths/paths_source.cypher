// name:       paths_source
// purpose:    The most valuable chains of transactions into a wallet, each no later than the next, back to wallets of
//             some categories or to one wallet: one row per step, in the order the money moved.
// mode:       read
// parameters: key STRING, to STRING, ends LIST<STRING>, hops INTEGER, least INTEGER, limit INTEGER
// returns:    path INTEGER, bottleneck INTEGER, transaction STRING, at DATETIME, asset STRING, amounts LIST<STRING>, value INTEGER, sender STRING, receiver STRING
// complexity: <= 6 hops inward from one indexed wallet; a chain is given up at the first pair below $least, the first
//             transaction later than the one after it, $hops, or a stopping wallet; worst case fan-in^6 within the time limit
// index:      wallet_key
//
// No wallet and no transaction comes twice on a path. A step is one input and one output of a transaction, its value
// that of the pair; in a pool it is the payer's part of what the payee received.
CYPHER 25 replan=skip
MATCH trail = ACYCLIC (w:Wallet {key: $key}) (
  (b)<-[o:TO|POOLED_OUT]-(t:Transaction)<-[s:SENT|POOLED_IN]-(a)
  WHERE (b.key = $key OR NOT (b:Illicit OR b:Service)) AND t.withdrawn_at IS NULL
    AND (t:Pool) = (o:POOLED_OUT) AND (t:Pool) = (s:POOLED_IN)
    AND CASE WHEN t.value = o.across THEN 0
      WHEN t:Pool THEN toFloat(s.value) * o.net / (t.value - o.across)
      WHEN t.splits IS NULL THEN t.value
      ELSE t.splits[o.position * t.inputs + s.position] END >= $least
){1,6} (u:Wallet)
WHERE allReduce(
    state = {before: null, hops: 0}, x IN t |
    {before: CASE WHEN state.hops < $hops AND (state.before IS NULL OR x.at <= state.before) THEN x.at END, hops: state.hops + 1},
    state.before IS NOT NULL)
  AND CASE WHEN $to IS NULL THEN u.category IN $ends ELSE u.key = $to END
WITH reverse(t) AS t, reverse(s) AS s, reverse(o) AS o, reverse(a) AS a, reverse(b) AS b
WITH *, [i IN range(0, size(t) - 1) | CASE WHEN t[i]:Pool
  THEN toInteger(toFloat(s[i].value) * o[i].net / (t[i].value - o[i].across))
  WHEN t[i].splits IS NULL THEN t[i].value
  ELSE t[i].splits[o[i].position * t[i].inputs + s[i].position] END] AS values
WITH *, reduce(least = head(values), value IN values | CASE WHEN value < least THEN value ELSE least END) AS bottleneck
ORDER BY bottleneck DESC, size(t), [x IN t | x.key], [x IN a | x.key], [x IN o | x.position], [x IN s | x.position]
LIMIT $limit
WITH collect({t: t, s: s, o: o, a: a, b: b, values: values, bottleneck: bottleneck}) AS paths
UNWIND range(0, size(paths) - 1) AS path
WITH path, paths[path] AS p
UNWIND range(0, size(p.t) - 1) AS i
WITH path, i, p.bottleneck AS bottleneck, p.t[i] AS t, p.o[i] AS o, p.a[i] AS a, p.b[i] AS b, p.values[i] AS value
RETURN path, bottleneck, t.key AS transaction, t.at AS at, t.asset AS asset,
  CASE WHEN t:Pool THEN COLLECT { MATCH (t)-[part:TO]->(b) RETURN part.amount ORDER BY part.position }
    ELSE [o.amount] END AS amounts,
  value, a.key AS sender, b.key AS receiver
ORDER BY path, i
