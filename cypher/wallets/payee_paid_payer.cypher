// name:       payee_paid_payer
// purpose:    Which of the given payments had a payee that had paid one of the payers by its time, in another transaction.
// mode:       read
// parameters: payments LIST<MAP>
// returns:    id STRING
// complexity: the flows out of the payees, and each pool that they paid into, once; the transactions that a payee sent to a
//             payer only where their first stands at the payment's own time
// index:      wallet_key
//
// Not one look-up per pair of payee and payer: a payment may have 10,000 of each. So what a payee paid is read by itself.
CYPHER 25
UNWIND $payments AS payment
WITH payment, datetime.fromepoch((payment.as_of + 62135596800000000) / 1000000 - 62135596800, (payment.as_of + 62135596800000000) % 1000000 * 1000) AS as_of
WHERE EXISTS {
  UNWIND payment.payees AS payee
  MATCH (u:Wallet {key: payee})
  CALL (u) {
    MATCH (u)-[f:FLOW]->(v:Wallet)
    RETURN f, v
  }
  WITH u, f, v WHERE u <> v AND v.key IN payment.payers
    AND (f.first_at < as_of OR (f.first_at = as_of AND EXISTS {
      MATCH (u)-[s:SENT]->(t:Transaction)-[o:TO]->(v)
      WHERE t.at = as_of AND t.key <> payment.id AND t.withdrawn_at IS NULL AND NOT t:Pool
        AND CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END > 0
    }))
  RETURN u
} OR EXISTS {
  UNWIND payment.payees AS payee
  MATCH (u:Wallet {key: payee})-[:POOLED_IN]->(t:Transaction)
  WHERE t.withdrawn_at IS NULL AND t.at <= as_of AND t.key <> payment.id
  WITH t, collect(u) AS paid
  CALL (t) {
    MATCH (t)-[:POOLED_OUT]->(v:Wallet)
    RETURN v
  }
  WITH v, paid WHERE v.key IN payment.payers AND paid <> [v]
  RETURN v
}
RETURN DISTINCT payment.id AS id
ORDER BY id
