// name:       describe_wallets_as_of
// purpose:    describe_wallets as of a time and as it was known at another; without a score, which is of a run.
// mode:       read
// parameters: keys LIST<STRING>, known LIST<STRING>, official STRING, credible FLOAT, severities MAP, as_of DATETIME, known_at DATETIME, valid_at DATETIME
// returns:    key STRING, category STRING, actor STRING, attribution STRING, score FLOAT, in_value INTEGER, out_value INTEGER
// complexity: one index look-up per key, and each transaction of those wallets read once for either side of it
// index:      wallet_key
CYPHER 25 replan=skip
UNWIND $keys AS key
MATCH (w:Wallet {key: key})
WITH w, COLLECT {
  MATCH (g:Attribution)-[:ABOUT]->(w)
  WHERE g.recorded_at <= $known_at AND (g.withdrawn_at IS NULL OR $known_at < g.withdrawn_at)
    AND (g.valid_from IS NULL OR g.valid_from <= $valid_at) AND (g.valid_to IS NULL OR $valid_at < g.valid_to)
    AND g.category IN $known
  WITH g, CASE WHEN g.official AND g.category = $official THEN 2.0
    WHEN g.confidence >= $credible THEN coalesce($severities[g.category], -1.0) ELSE -1.0 END AS weight
  RETURN {category: g.category, actor: g.actor, id: g.id} ORDER BY weight DESC, g.confidence DESC, g.id LIMIT 1
}[0] AS g
CALL (w) {
  CALL (w) {
    MATCH (w)<-[o:TO]-(t:Transaction)<-[s:SENT]-(u:Wallet)
    WHERE u <> w AND NOT t:Pool
      AND CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
        WHEN t.earlier_at IS NULL THEN null
        ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
          AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END <= $as_of
    RETURN CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
    UNION ALL
    MATCH (w)<-[part:POOLED_OUT]-(t:Transaction)
    WHERE CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
        WHEN t.earlier_at IS NULL THEN null
        ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
          AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END <= $as_of
    RETURN part.net AS value
  }
  RETURN sum(value) AS in_value
}
CALL (w) {
  CALL (w) {
    MATCH (w)-[s:SENT]->(t:Transaction)-[o:TO]->(v:Wallet)
    WHERE v <> w AND NOT t:Pool
      AND CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
        WHEN t.earlier_at IS NULL THEN null
        ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
          AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END <= $as_of
    RETURN CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END AS value
    UNION ALL
    MATCH (w)-[part:POOLED_IN]->(t:Transaction)
    WHERE CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
        WHEN t.earlier_at IS NULL THEN null
        ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
          AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END <= $as_of
    RETURN part.net AS value
  }
  RETURN sum(value) AS out_value
}
RETURN w.key AS key, g.category AS category, g.actor AS actor, g.id AS attribution, null AS score, in_value, out_value
ORDER BY key
