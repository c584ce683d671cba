// name:       retrace_destination
// purpose:    Everything from which some wallets' destination side follows: their flows and pools out, and what each payee gives
//             on, level by level, as a run or a re-screening has stored it.
// mode:       read
// parameters: keys LIST<STRING>, none BYTES
// returns:    keys LIST<STRING>, ids LIST<INTEGER>, categories LIST<STRING>, in_values LIST<INTEGER>, out_values LIST<INTEGER>, others LIST<INTEGER>, given LIST<BYTES>, takers LIST<LIST>, values LIST<LIST>, pools LIST<MAP>
// complexity: the flows out of the indexed wallets, and both sides of the pools they paid into, each read once
// index:      wallet_key
//
// One row of columns. `takers` and `values` run in parallel to `others`: whom of `keys` (by place) paid it, and how much.
// Others are told by the store's own number, which holds for this answer: of a hub it is shorter than thousands of keys.
CYPHER 25 replan=skip
WITH EXISTS { (:Pool) } AS is_pooled
CALL () {
  UNWIND $keys AS key
  MATCH (w:Wallet {key: key})
  RETURN collect(w) AS wallets
}
CALL (wallets) {
  UNWIND CASE WHEN wallets = [] THEN [] ELSE range(0, size(wallets) - 1) END AS i
  WITH i, wallets[i] AS w
  MATCH (w)-[f:FLOW]->(u) WHERE u <> w AND f.value > 0
  WITH u, collect(i) AS at, collect(f.value) AS paid
  RETURN collect(id(u)) AS others, collect(coalesce(u.destination_levels, $none)) AS given, collect(at) AS takers, collect(paid) AS values
}
CALL (wallets, is_pooled) {
  UNWIND CASE WHEN is_pooled AND wallets <> [] THEN range(0, size(wallets) - 1) ELSE [] END AS i
  WITH i, wallets[i] AS w
  MATCH (w)-[o:POOLED_IN]->(t:Pool) WHERE t.withdrawn_at IS NULL AND o.net > 0
  WITH t, collect([i, o.value, o.net, o.across]) AS taken
  CALL (t) {
    MATCH (t)-[p:POOLED_OUT]->(u) WHERE p.value > 0
    RETURN collect(id(u)) AS others, collect(coalesce(u.destination_levels, $none)) AS given, collect([p.value, p.net, p.across]) AS parts
  }
  RETURN collect({value: t.value, taken: taken, others: others, given: given, parts: parts}) AS pools
}
RETURN [w IN wallets | w.key] AS keys, [w IN wallets | id(w)] AS ids, [w IN wallets | coalesce(w.category, '')] AS categories,
  [w IN wallets | w.in_value] AS in_values, [w IN wallets | w.out_value] AS out_values, others, given, takers, values, pools
