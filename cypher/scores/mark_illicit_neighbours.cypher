// name:       mark_illicit_neighbours
// purpose:    Number the illicit wallets and note on every wallet its own number and those of its illicit neighbours, as
//             scratch for hop_counts.
// mode:       batched
// parameters: token INTEGER
// returns:    marked INTEGER
// complexity: the flows and pools of illicit wallets, read once; memory of one list per neighbour
// index:      none
//
// A mark is a list: token, own number or -1, numbers of neighbours. The token is that of the run that wrote it: a run
// that comes late can neither be taken for another nor go unnoticed, because each counts its own marks when clearing.
CYPHER 25
MATCH (i:Illicit)
WITH collect(i) AS illicit
UNWIND CASE WHEN illicit = [] THEN [] ELSE range(0, size(illicit) - 1) END AS number
WITH number, illicit[number] AS i
CALL (number, i) {
  RETURN i AS v, number AS own, null AS near
  UNION ALL
  MATCH (i)-[:FLOW]-(v:Wallet) WHERE i <> v
  RETURN v, null AS own, number AS near
  UNION ALL
  MATCH (i)-[p:POOLED_IN|POOLED_OUT]-(t:Pool)-[q:POOLED_IN|POOLED_OUT]-(v:Wallet)
  WHERE t.withdrawn_at IS NULL AND type(p) <> type(q) AND i <> v AND p.value > 0 AND q.value > 0
  RETURN v, null AS own, number AS near
}
WITH v, max(own) AS own, collect(DISTINCT near) AS near
WITH v, [$token, coalesce(own, -1)] + near AS mark
CALL (v, mark) {
  SET v.scratch_illicit = mark
} IN TRANSACTIONS OF 2000 ROWS ON ERROR RETRY FOR 30 SECONDS THEN FAIL
RETURN count(*) AS marked
