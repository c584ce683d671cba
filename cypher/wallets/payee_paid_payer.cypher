// name:       payee_paid_payer
// purpose:    Which of the given payments had a payee that had paid one of the payers by its time.
// mode:       read
// parameters: payments LIST<MAP>
// returns:    id STRING
// complexity: one flow look-up per pair of payer and payee, and the pools that the payee paid into
// index:      wallet_key
CYPHER 25
UNWIND $payments AS payment
WITH payment, datetime.fromepoch((payment.as_of + 62135596800000000) / 1000000 - 62135596800, (payment.as_of + 62135596800000000) % 1000000 * 1000) AS as_of
UNWIND payment.payees AS payee
UNWIND payment.payers AS payer
MATCH (u:Wallet {key: payee})
MATCH (v:Wallet {key: payer})
WITH payment, as_of, u, v
WHERE u <> v AND (EXISTS { MATCH (u)-[f:FLOW]->(v) WHERE f.first_at <= as_of } OR EXISTS {
  MATCH (u)-[:POOLED_IN]->(t:Transaction)-[:POOLED_OUT]->(v)
  WHERE t.withdrawn_at IS NULL AND t.at <= as_of AND t.key <> payment.id
})
RETURN DISTINCT payment.id AS id
ORDER BY id
