// name:       outflows_of
// purpose:    Every flow out of some wallets as columns, with what is said of the wallets it goes to; pools as the parts
//             that these wallets send through them.
// mode:       read
// parameters: keys LIST<STRING>, max_flows INTEGER
// returns:    known LIST<STRING>, in_values LIST<INTEGER>, out_values LIST<INTEGER>, flows INTEGER, givers LIST<STRING>, takers LIST<STRING>, values LIST<INTEGER>, pooled_givers LIST<STRING>, pooled_takers LIST<STRING>, parts LIST<FLOAT>, labelled LIST<MAP>, watermark INTEGER
// complexity: each flow of the given, indexed wallets and each party of their pools read once; nothing but its count where
//             they are more than $max_flows
// index:      wallet_key, counter_name
//
// `parts` are micro-units, not whole: a pool is hop-neutral, as in exposure_destination.
// `known` are those of the keys that there are. What is said of a wallet is all that is not withdrawn, whatever decides.
CYPHER 25
MATCH (c:Counter {name: 'graph'})
WITH c.seq AS watermark, COUNT { (:Pool) } > 0 AS has_pools
CALL () {
  UNWIND $keys AS key
  MATCH (v:Wallet {key: key})
  RETURN collect(v) AS wallets, sum(COUNT { (v)-[:FLOW]->() }) AS paired
}
CALL (wallets, has_pools) {
  UNWIND CASE WHEN has_pools THEN wallets ELSE [] END AS v
  MATCH (v)-[o:POOLED_IN]->(t:Transaction)
  WHERE t.withdrawn_at IS NULL AND o.net > 0
  RETURN collect({wallet: v, pool: t, part: toFloat(o.net) / (t.value - o.across)}) AS through,
    sum(COUNT { (t)-[:POOLED_OUT]->() }) AS pooled
}
WITH watermark, wallets, through, paired + pooled AS flows
CALL (wallets, flows) {
  UNWIND CASE WHEN flows <= $max_flows THEN wallets ELSE [] END AS v
  MATCH (v)-[f:FLOW]->(u:Wallet) WHERE u <> v AND f.value > 0
  RETURN collect(u.key) AS givers, collect(v.key) AS takers, collect(f.value) AS values,
    collect(DISTINCT CASE WHEN u.category IS NOT NULL THEN u END) AS named
}
CALL (through, flows) {
  UNWIND CASE WHEN flows <= $max_flows THEN through ELSE [] END AS leg
  WITH leg.wallet AS v, leg.pool AS t, leg.part AS part
  MATCH (t)-[i:POOLED_OUT]->(u:Wallet) WHERE u <> v AND i.value > 0
  RETURN collect(u.key) AS pooled_givers, collect(v.key) AS pooled_takers, collect(part * i.value) AS parts,
    collect(DISTINCT CASE WHEN u.category IS NOT NULL THEN u END) AS pooled_named
}
CALL (named, pooled_named) {
  UNWIND named + pooled_named AS u
  WITH DISTINCT u
  RETURN collect({
    key: u.key, category: u.category, attribution: u.attribution, attributions: COLLECT {
      MATCH (u)<-[:ABOUT]-(a:Attribution) WHERE a.withdrawn_at IS NULL
      RETURN {
        id: a.id, wallet: u.key, category: a.category, source: a.source, actor: a.actor, confidence: a.confidence,
        official: a.official, valid_from: a.valid_from, valid_to: a.valid_to
      } ORDER BY a.id
    }
  }) AS labelled
}
RETURN [v IN wallets | v.key] AS known, [v IN wallets | v.in_value] AS in_values, [v IN wallets | v.out_value] AS out_values,
  flows, givers, takers, values, pooled_givers, pooled_takers, parts, labelled, watermark
