// name:       payee_paid_payer
// purpose:    Which of the given payments had a payee that had paid one of the payers by its time.
// mode:       read
// parameters: payments LIST<MAP>
// returns:    id STRING
// complexity: one flow look-up per pair of payer and payee
// index:      wallet_key
CYPHER 25
UNWIND $payments AS payment
UNWIND payment.payees AS payee
UNWIND payment.payers AS payer
MATCH (u:Wallet {key: payee})
MATCH (v:Wallet {key: payer})
MATCH (u)-[f:FLOW]->(v)
WHERE u <> v AND f.first_at <= datetime.fromepoch((payment.as_of + 62135596800000000) / 1000000 - 62135596800, (payment.as_of + 62135596800000000) % 1000000 * 1000)
RETURN DISTINCT payment.id AS id
ORDER BY id
