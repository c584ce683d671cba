// name:       fan_out
// purpose:    Which payments are the latest of many alike that one wallet made to distinct wallets within a day or so.
// mode:       read
// parameters: payments LIST<MAP>, rule MAP
// returns:    id STRING, wallets LIST<STRING>, transactions LIST<STRING>, value INTEGER, detail STRING
// complexity: the last 500 payments of each payer (10 a payment) within `window_us`, and the payees of those alike
// index:      sent_history
//
// Alike: within the factor `alike` of what the payer sends now to each. Services pay many alike: they are left out. What
// the payer's part in a payment shows, without looking at the payment, is looked at first.
CYPHER 25 replan=skip
UNWIND $payments AS payment
UNWIND payment.payers AS payer
MATCH (w:Wallet {key: payer}) USING INDEX SEEK w:Wallet(key)
WHERE NOT w:Service AND size(payment.payees) > 0
WITH payment, payer, payment.received[0] AS value
WHERE value > 0
CALL (payment, payer, value) {
  MATCH (:Wallet)-[s:SENT]->(t:Transaction)
  USING INDEX SEEK s:SENT(wallet, at_us, net)
  WHERE s.wallet = payer AND s.at_us >= payment.as_of - $rule.window_us AND s.at_us <= payment.as_of AND s.net IS NOT NULL
  WITH t, s ORDER BY s.wallet DESC, s.at_us DESC, s.net DESC LIMIT 500
  WITH t, s WHERE s.net * $rule.alike >= value AND (s.others > 1 OR s.net <= value * $rule.alike)
  WITH t WHERE t.key <> payment.id AND NOT t:Pool AND size(coalesce(t.splits, [0])) <= 100
  MATCH (t)-[o:TO]->(y)
  WHERE o.net <= value * $rule.alike AND o.net * $rule.alike >= value AND y.key <> payer
  WITH y.key AS payee, t.key AS key, o.net AS net
  ORDER BY key, payee
  RETURN collect(DISTINCT payee) AS payees, collect(DISTINCT key) AS keys, sum(net) AS total
}
WITH payment, payer, keys, total + payment.value AS total,
  payees + [place IN range(0, size(payment.payees) - 1) WHERE NOT payment.payees[place] IN payees
    AND payment.received[place] * $rule.alike >= value | payment.payees[place]] AS payees
WHERE size(payees) >= $rule.least_parties AND total >= $rule.least_value
WITH payment, payer, keys, payees, total
ORDER BY total DESC, payer
WITH payment.id AS id, collect({payer: payer, keys: keys, payees: payees, total: total})[0] AS best
RETURN id, [best.payer] + best.payees AS wallets, best.keys + id AS transactions, best.total AS value,
  best.payer + ' paid ' + size(best.payees) + ' wallets alike amounts in ' + size(best.keys + id) + ' payments' AS detail
ORDER BY id
