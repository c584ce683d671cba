// name:       retrace_destination
// purpose:    Everything from which one side of some wallets follows: of those that changed themselves all flows and pools
//             out, and what each payee gives on, level by level, as it is stored; of those that lie further on what
//             they are stored with, and the flows and pools by which a change comes to them.
// mode:       read
// parameters: changed LIST<STRING>, further LIST<STRING>, giving LIST<STRING>, new BYTES, none BYTES
// returns:    counted INTEGER, keys LIST<STRING>, ids LIST<INTEGER>, categories LIST<STRING>, in_values LIST<INTEGER>, out_values LIST<INTEGER>, stored LIST<BYTES>, moved LIST<BOOLEAN>, labelled LIST<BOOLEAN>, others LIST<INTEGER>, given LIST<BYTES>, takers LIST<LIST>, values LIST<LIST>, pools LIST<MAP>, felt LIST<LIST>, felt_pools LIST<MAP>
// complexity: the flows out of the changed wallets and in of those that give, and both sides of the pools they met, each read once
// index:      wallet_key
//
// One row of columns, those of the `counted` changed wallets before those further on. `takers` and `values` run in parallel to `others`:
// whom of the changed (by place) it was paid by, and how much. `felt` are three columns: who gives, who takes, and the value.
// `moved` and `labelled` are marks as they are once everything else is read: what landed meanwhile is known by them.
// Who was never scored is told with $new: it came when the marks had been read, and so did whatever it gave.
// Wallets are told by the store's own number, which holds for this answer: of a hub it is shorter than thousands of keys.
CYPHER 25 replan=skip
WITH EXISTS { (:Pool) } AS is_pooled
CALL () {
  UNWIND $changed AS key
  MATCH (w:Wallet {key: key})
  RETURN collect(w) AS changed
}
CALL () {
  UNWIND $further AS key
  MATCH (w:Wallet {key: key})
  RETURN collect(w) AS further
}
CALL () {
  UNWIND $giving AS key
  MATCH (u:Wallet {key: key})
  RETURN collect(u) AS giving
}
CALL (changed) {
  UNWIND CASE WHEN changed = [] THEN [] ELSE range(0, size(changed) - 1) END AS i
  WITH i, changed[i] AS w
  MATCH (w)-[f:FLOW]->(u) WHERE u <> w AND f.value > 0
  WITH u, collect(i) AS at, collect(f.value) AS paid
  RETURN collect(id(u)) AS others, collect(CASE WHEN u.scored_seq IS NULL THEN $new ELSE coalesce(u.destination_levels, $none) END) AS given, collect(at) AS takers, collect(paid) AS values
}
CALL (giving) {
  UNWIND giving AS u
  MATCH (u)<-[f:FLOW]-(v) WHERE v <> u AND f.value > 0
  RETURN [collect(id(u)), collect(id(v)), collect(f.value)] AS felt
}
CALL (changed, is_pooled) {
  UNWIND CASE WHEN is_pooled AND changed <> [] THEN range(0, size(changed) - 1) ELSE [] END AS i
  WITH i, changed[i] AS w
  MATCH (w)-[o:POOLED_IN]->(t:Pool) WHERE t.withdrawn_at IS NULL AND o.net > 0
  WITH t, collect([id(w), o.value, o.net, o.across]) AS taken
  CALL (t) {
    MATCH (t)-[p:POOLED_OUT]->(u) WHERE p.value > 0
    RETURN collect(id(u)) AS others, collect(CASE WHEN u.scored_seq IS NULL THEN $new ELSE coalesce(u.destination_levels, $none) END) AS given, collect([p.value, p.net, p.across]) AS parts
  }
  RETURN collect({value: t.value, taken: taken, others: others, given: given, parts: parts}) AS pools
}
CALL (giving, is_pooled) {
  UNWIND CASE WHEN is_pooled THEN giving ELSE [] END AS u
  MATCH (u)<-[p:POOLED_OUT]-(t:Pool) WHERE t.withdrawn_at IS NULL AND p.value > 0
  WITH DISTINCT t
  CALL (t) {
    MATCH (t)<-[o:POOLED_IN]-(v) WHERE o.net > 0
    RETURN collect([id(v), o.value, o.net, o.across]) AS taken
  }
  CALL (t) {
    MATCH (t)-[p:POOLED_OUT]->(u) WHERE p.value > 0
    RETURN collect(id(u)) AS others, collect(CASE WHEN u.scored_seq IS NULL THEN $new ELSE coalesce(u.destination_levels, $none) END) AS given, collect([p.value, p.net, p.across]) AS parts
  }
  RETURN collect({value: t.value, taken: taken, others: others, given: given, parts: parts}) AS felt_pools
}
WITH size(changed) AS counted, changed + further AS wallets, others, given, takers, values, pools, felt, felt_pools
WITH *, [w IN wallets | coalesce(w.category, '')] AS categories, [w IN wallets | w.in_value] AS in_values,
  [w IN wallets | w.out_value] AS out_values, [w IN wallets | CASE WHEN w.scored_seq IS NULL THEN $new ELSE coalesce(w.destination_levels, $none) END] AS stored
RETURN counted, [w IN wallets | w.key] AS keys, [w IN wallets | id(w)] AS ids, categories, in_values, out_values, stored,
  [w IN wallets | coalesce(w.stale_out, false)] AS moved,
  [w IN wallets | coalesce(w.stale_category, w.stale_illicit, false)] AS labelled, others, given, takers, values, pools, felt, felt_pools
