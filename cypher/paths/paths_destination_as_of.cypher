// name:       paths_destination_as_of
// purpose:    paths_destination as of a time and as it was known at another: the transactions and attributions that
//             counted then.
// mode:       read
// parameters: key STRING, to STRING, ends LIST<STRING>, stopping LIST<STRING>, known LIST<STRING>, official STRING, credible FLOAT, severities MAP, hops INTEGER, least INTEGER, limit INTEGER, as_of DATETIME, known_at DATETIME, valid_at DATETIME
// returns:    path INTEGER, bottleneck INTEGER, transaction STRING, at DATETIME, asset STRING, amounts LIST<STRING>, value INTEGER, sender STRING, receiver STRING
// complexity: <= 6 hops outward from one indexed wallet; a chain is given up at the first pair below $least, the first
//             transaction earlier than the one before it, $hops, or a stopping wallet; worst case fan-out^6 within the time limit
// index:      wallet_key
//
// A transaction counts, and has the time, of the landing that was believed at $known_at; the attribution that decides is
// chosen as graph/taxonomy.py does: official listings, then credible accusations by severity, then confidence.
CYPHER 25 replan=skip
MATCH trail = ACYCLIC (w:Wallet {key: $key}) (
  (a)-[s:SENT|POOLED_IN]->(t:Transaction)-[o:TO|POOLED_OUT]->(b)
  WHERE (a.key = $key OR NOT coalesce(COLLECT {
    MATCH (g:Attribution)-[:ABOUT]->(a)
    WHERE g.recorded_at <= $known_at AND (g.withdrawn_at IS NULL OR $known_at < g.withdrawn_at)
      AND (g.valid_from IS NULL OR g.valid_from <= $valid_at) AND (g.valid_to IS NULL OR $valid_at < g.valid_to)
      AND g.category IN $known
    WITH g, CASE WHEN g.official AND g.category = $official THEN 2.0
      WHEN g.confidence >= $credible THEN coalesce($severities[g.category], -1.0) ELSE -1.0 END AS weight
    RETURN g.category ORDER BY weight DESC, g.confidence DESC, g.id LIMIT 1
  }[0] IN $stopping, false))
    AND CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
      WHEN t.earlier_at IS NULL THEN null
      ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
        AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END <= $as_of
    AND (t:Pool) = (o:POOLED_OUT) AND (t:Pool) = (s:POOLED_IN)
    AND CASE WHEN t.value = s.across THEN 0
      WHEN t:Pool THEN toFloat(o.value) * s.net / (t.value - s.across)
      WHEN t.splits IS NULL THEN t.value
      ELSE t.splits[o.position * t.inputs + s.position] END >= $least
){1,6} (u:Wallet)
WHERE allReduce(
    state = {after: null, hops: 0}, x IN t |
    {after: head([at IN [CASE WHEN state.hops = $hops THEN null
        WHEN x.recorded_at <= $known_at AND (x.withdrawn_at IS NULL OR $known_at < x.withdrawn_at) THEN x.at
        WHEN x.earlier_at IS NULL THEN null
        ELSE head([i IN range(0, size(x.earlier_at) - 1) WHERE x.earlier_recorded_at[i] <= $known_at
          AND $known_at < x.earlier_withdrawn_at[i] | x.earlier_at[i]]) END]
      WHERE state.after IS NULL OR at >= state.after]), hops: state.hops + 1},
    state.after IS NOT NULL)
  AND CASE WHEN $to IS NULL THEN coalesce(COLLECT {
      MATCH (g:Attribution)-[:ABOUT]->(u)
      WHERE g.recorded_at <= $known_at AND (g.withdrawn_at IS NULL OR $known_at < g.withdrawn_at)
        AND (g.valid_from IS NULL OR g.valid_from <= $valid_at) AND (g.valid_to IS NULL OR $valid_at < g.valid_to)
        AND g.category IN $known
      WITH g, CASE WHEN g.official AND g.category = $official THEN 2.0
        WHEN g.confidence >= $credible THEN coalesce($severities[g.category], -1.0) ELSE -1.0 END AS weight
      RETURN g.category ORDER BY weight DESC, g.confidence DESC, g.id LIMIT 1
    }[0] IN $ends, false) ELSE u.key = $to END
WITH t, s, o, a, b, [i IN range(0, size(t) - 1) | CASE WHEN t[i]:Pool
  THEN toInteger(toFloat(o[i].value) * s[i].net / (t[i].value - s[i].across))
  WHEN t[i].splits IS NULL THEN t[i].value
  ELSE t[i].splits[o[i].position * t[i].inputs + s[i].position] END] AS values
WITH *, reduce(least = head(values), value IN values | CASE WHEN value < least THEN value ELSE least END) AS bottleneck
ORDER BY bottleneck DESC, size(t), [x IN t | x.key], [x IN b | x.key], [x IN o | x.position], [x IN s | x.position]
LIMIT $limit
WITH collect({t: t, s: s, o: o, a: a, b: b, values: values, bottleneck: bottleneck}) AS paths
UNWIND range(0, size(paths) - 1) AS path
WITH path, paths[path] AS p
UNWIND range(0, size(p.t) - 1) AS i
WITH path, i, p.bottleneck AS bottleneck, p.t[i] AS t, p.o[i] AS o, p.a[i] AS a, p.b[i] AS b, p.values[i] AS value
RETURN path, bottleneck, t.key AS transaction, CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
    WHEN t.earlier_at IS NULL THEN null
    ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
      AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END AS at,
  t.asset AS asset,
  CASE WHEN t:Pool THEN COLLECT { MATCH (t)-[part:TO]->(b) RETURN part.amount ORDER BY part.position }
    ELSE [o.amount] END AS amounts,
  value, a.key AS sender, b.key AS receiver
ORDER BY path, i
