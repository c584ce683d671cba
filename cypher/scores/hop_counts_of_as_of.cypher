// name:       hop_counts_of_as_of
// purpose:    hop_counts_of as of a time and as it was known at another.
// mode:       read
// parameters: key STRING, known LIST<STRING>, official STRING, credible FLOAT, severities MAP, as_of DATETIME, known_at DATETIME, valid_at DATETIME
// returns:    key STRING, category STRING, in_degree INTEGER, out_degree INTEGER, at_0 INTEGER, at_1 INTEGER, at_2 INTEGER, watermark INTEGER
// complexity: the transactions of one indexed wallet and of its counterparties, each read once
// index:      wallet_key, counter_name
//
// What is known of a wallet is decided only for those that anything is said of. A wallet of which nothing had been
// recorded at known_at is not told.
CYPHER 25 replan=skip
MATCH (c:Counter {name: 'graph'})
MATCH (w:Wallet {key: $key})
WHERE EXISTS {
    MATCH (w)-[:SENT|TO]-(t:Transaction) WHERE coalesce(t.earlier_recorded_at[0], t.recorded_at) <= $known_at
  } OR EXISTS { MATCH (w)<-[:ABOUT]-(a:Attribution) WHERE a.recorded_at <= $known_at }
CALL (w) {
    MATCH (w)-[e:SENT|TO]-(t:Transaction)-[f:SENT|TO]-(v:Wallet)
    WHERE type(e) <> type(f) AND v <> w
    WITH v, type(e) AS side, t, CASE WHEN type(e) = 'SENT' THEN e ELSE f END AS s, CASE WHEN type(e) = 'SENT' THEN f ELSE e END AS o
    WHERE CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
            AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END <= $as_of
      AND CASE WHEN t:Pool THEN s.value > 0 AND o.value > 0 WHEN t.splits IS NULL THEN t.value > 0
        ELSE t.splits[o.position * t.inputs + s.position] > 0 END
    RETURN collect(DISTINCT CASE WHEN side = 'TO' THEN v END) AS payers, collect(DISTINCT CASE WHEN side = 'SENT' THEN v END) AS payees
}
CALL (payers, payees) {
  UNWIND payers + payees AS v
  WITH DISTINCT v
  RETURN collect(v) AS others,
    collect(CASE WHEN $severities[COLLECT {
      MATCH (v)<-[:ABOUT]-(a:Attribution)
      WHERE a.category IN $known AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
        AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to)
      RETURN a.category ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
          WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
        a.confidence DESC, a.id LIMIT 1
    }[0]] IS NOT NULL THEN v END) AS near
}
CALL (w, others, near) {
  UNWIND others AS v
  MATCH (v)-[e:SENT|TO]-(t:Transaction)-[f:SENT|TO]-(u:Wallet)
    WHERE type(e) <> type(f) AND u <> w
    WITH u, type(e) AS side, t, CASE WHEN type(e) = 'SENT' THEN e ELSE f END AS s, CASE WHEN type(e) = 'SENT' THEN f ELSE e END AS o
    WHERE CASE WHEN t.recorded_at <= $known_at AND (t.withdrawn_at IS NULL OR $known_at < t.withdrawn_at) THEN t.at
          WHEN t.earlier_at IS NULL THEN null
          ELSE head([i IN range(0, size(t.earlier_at) - 1) WHERE t.earlier_recorded_at[i] <= $known_at
            AND $known_at < t.earlier_withdrawn_at[i] | t.earlier_at[i]]) END <= $as_of
      AND CASE WHEN t:Pool THEN s.value > 0 AND o.value > 0 WHEN t.splits IS NULL THEN t.value > 0
        ELSE t.splits[o.position * t.inputs + s.position] > 0 END
  WITH DISTINCT u WHERE NOT u IN near AND EXISTS { (u)<-[:ABOUT]-() }
  WITH u WHERE $severities[COLLECT {
      MATCH (u)<-[:ABOUT]-(a:Attribution)
      WHERE a.category IN $known AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
        AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to)
      RETURN a.category ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
          WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
        a.confidence DESC, a.id LIMIT 1
    }[0]] IS NOT NULL
  RETURN count(u) AS at_2
}
WITH c, w, payers, payees, near, at_2, COLLECT {
      MATCH (w)<-[:ABOUT]-(a:Attribution)
      WHERE a.category IN $known AND a.recorded_at <= $known_at AND (a.withdrawn_at IS NULL OR $known_at < a.withdrawn_at)
        AND (a.valid_from IS NULL OR a.valid_from <= $valid_at) AND (a.valid_to IS NULL OR $valid_at < a.valid_to)
      RETURN a.category ORDER BY CASE WHEN a.official AND a.category = $official THEN 3.0
          WHEN a.confidence >= $credible THEN 1.0 + coalesce($severities[a.category], -1.0) ELSE 0.0 END DESC,
        a.confidence DESC, a.id LIMIT 1
    }[0] AS category
RETURN w.key AS key, category, size(payers) AS in_degree, size(payees) AS out_degree,
  CASE WHEN $severities[category] IS NOT NULL THEN 1 ELSE 0 END AS at_0, size(near) AS at_1, at_2, c.seq AS watermark
