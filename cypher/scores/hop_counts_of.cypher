// name:       hop_counts_of
// purpose:    For each of some wallets the distinct illicit wallets at undirected distance 0, 1 and 2, each at its shortest, and
//             its degrees; who took part in a pool stands one hop from those on its other side.
// mode:       read
// parameters: keys LIST<STRING>, stored BOOLEAN
// returns:    key STRING, category STRING, in_degree INTEGER, out_degree INTEGER, at_0 INTEGER, at_1 INTEGER, at_2 INTEGER, watermark INTEGER
// complexity: the flows of the indexed wallets and of their counterparties; the illicit parties of the pools met; with
//             $stored only of those counterparties that were stored with illicit neighbours or are marked
// index:      wallet_key, counter_name
CYPHER 25 replan=skip
MATCH (c:Counter {name: 'graph'})
WITH c.seq AS watermark, COUNT { (:Pool) } > 0 AS has_pools
UNWIND $keys AS key
MATCH (w:Wallet {key: key})
WITH w, watermark, has_pools, has_pools AND COUNT { (w)-[:POOLED_IN|POOLED_OUT]-() } > 0 AS pooled, COUNT { (w)-[:FLOW]->(w) } AS own
CALL (w, pooled) {
  CALL (w, pooled) {
    MATCH (w)-[:FLOW]-(i:Illicit) WHERE i <> w
    RETURN i
    UNION
    WITH w WHERE pooled
    MATCH (w)-[e:POOLED_IN|POOLED_OUT]-(t)-[f:POOLED_IN|POOLED_OUT]-(i:Illicit)
    WHERE t.withdrawn_at IS NULL AND i <> w AND type(e) <> type(f)
    RETURN i
  }
  RETURN collect(i) AS near
}
CALL (w, has_pools, pooled, near) {
  CALL (w, has_pools, pooled) {
    MATCH (w)-[:FLOW]-(v:Wallet)
    WHERE v <> w AND (NOT $stored OR v:Stale OR coalesce(v.illicit_neighbours, 1) > 0)
    WITH DISTINCT v
    MATCH (v)-[:FLOW]-(i:Illicit)
    RETURN i
    UNION
    WITH w WHERE has_pools
    CALL (w, pooled) {
      MATCH (w)-[:FLOW]-(v:Wallet) WHERE v <> w
      RETURN v
      UNION
      WITH w WHERE pooled
      MATCH (w)-[e:POOLED_IN|POOLED_OUT]-(t)-[f:POOLED_IN|POOLED_OUT]-(v)
      WHERE t.withdrawn_at IS NULL AND v <> w AND type(e) <> type(f)
      RETURN v
    }
    WITH collect(CASE WHEN NOT $stored OR v:Stale OR coalesce(v.illicit_neighbours, 1) > 0 THEN v END) AS others
    CALL (others) {
      UNWIND others AS v
      MATCH (v)-[:FLOW]-(i:Illicit)
      RETURN i
      UNION
      UNWIND others AS v
      MATCH (v)-[e:POOLED_IN|POOLED_OUT]-(t) WHERE t.withdrawn_at IS NULL
      WITH DISTINCT t, type(e) AS side
      MATCH (t)-[f:POOLED_IN|POOLED_OUT]-(i:Illicit) WHERE type(f) <> side
      RETURN i
    }
    RETURN i
  }
  WITH i WHERE i <> w AND NOT i IN near
  RETURN count(i) AS at_2
}
RETURN w.key AS key, w.category AS category, CASE WHEN pooled THEN COUNT {
      MATCH (w)<-[:FLOW]-(v) WHERE v <> w RETURN v
      UNION
      MATCH (w)<-[:POOLED_OUT]-(t)<-[:POOLED_IN]-(v) WHERE v <> w AND t.withdrawn_at IS NULL RETURN v
    } ELSE COUNT { (w)<-[:FLOW]-() } - own END AS in_degree,
  CASE WHEN pooled THEN COUNT {
      MATCH (w)-[:FLOW]->(v) WHERE v <> w RETURN v
      UNION
      MATCH (w)-[:POOLED_IN]->(t)-[:POOLED_OUT]->(v) WHERE v <> w AND t.withdrawn_at IS NULL RETURN v
    } ELSE COUNT { (w)-[:FLOW]->() } - own END AS out_degree,
  CASE WHEN w:Illicit THEN 1 ELSE 0 END AS at_0, size(near) AS at_1, at_2, watermark
ORDER BY key
