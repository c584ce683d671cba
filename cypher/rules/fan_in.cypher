// name:       fan_in
// purpose:    Which payments are the latest of many alike that distinct wallets made to one wallet within a day or so.
// mode:       read
// parameters: payments LIST<MAP>, rule MAP
// returns:    id STRING, wallets LIST<STRING>, transactions LIST<STRING>, value INTEGER, detail STRING
// complexity: the last 500 payments to each payee (10 a payment) within `window_us`, and the payers of those alike
// index:      received_history
//
// Alike: within the factor `alike` of what the payee gets now. Services are paid by many alike: they are left out.
CYPHER 25 replan=skip
UNWIND $payments AS payment
UNWIND range(0, size(payment.payees) - 1) AS place
WITH payment, payment.payees[place] AS payee, payment.received[place] AS value
WHERE value > 0
MATCH (w:Wallet {key: payee}) USING INDEX SEEK w:Wallet(key)
WHERE NOT w:Service
CALL (payment, payee, value) {
  MATCH (t:Transaction)-[o:TO]->(:Wallet)
  USING INDEX SEEK o:TO(wallet, at_us, net)
  WHERE o.wallet = payee AND o.at_us >= payment.as_of - $rule.window_us AND o.at_us <= payment.as_of AND o.net IS NOT NULL
  WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 500
  WITH t, o
  WHERE t.key <> payment.id AND o.net <= value * $rule.alike AND o.net * $rule.alike >= value
    AND NOT t:Pool AND coalesce(t.inputs, 1) <= 20
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND x.key <> payee
  WITH x.key AS payer, t.key AS key, o.net AS net
  ORDER BY key, payer
  RETURN collect(DISTINCT payer) AS payers, collect(DISTINCT key) AS keys, collect(DISTINCT {key: key, net: net}) AS parts
}
WITH payment, payee, value, keys, payers + [one IN payment.payers WHERE NOT one IN payers] AS payers,
  value + reduce(total = 0, part IN parts | total + part.net) AS total
WHERE size(payers) >= $rule.least_parties AND total >= $rule.least_value
WITH payment, payee, keys, payers, total
ORDER BY total DESC, payee
WITH payment.id AS id, collect({payee: payee, keys: keys, payers: payers, total: total})[0] AS best
RETURN id, [best.payee] + best.payers AS wallets, best.keys + id AS transactions, best.total AS value,
  size(best.payers) + ' wallets paid ' + best.payee + ' alike amounts in ' + size(best.keys + id) + ' payments' AS detail
ORDER BY id
