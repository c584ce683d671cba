// name:       scatter_gather
// purpose:    Which payments gather at one wallet what another had scattered over several, each passing on about what it got.
// mode:       read
// parameters: payments LIST<MAP>, rule MAP
// returns:    id STRING, wallets LIST<STRING>, transactions LIST<STRING>, value INTEGER, detail STRING
// complexity: the last 200 payments to each payee (3 a payment) within `gather_us`, at most 40 of their payers, and the last
//             50 payments to each of those within `scatter_us`
// index:      received_history
//
// The payment itself must be one of those that gather. Alike: what an intermediary got is within the factor `alike` of
// what it gave. Services are neither source, intermediary nor goal.
CYPHER 25 replan=skip
UNWIND $payments AS payment
UNWIND payment.payees[..3] AS payee
MATCH (w:Wallet {key: payee})
WHERE NOT w:Service
CALL (payment, payee) {
  MATCH (t:Transaction)-[o:TO]->(:Wallet)
  USING INDEX o:TO(wallet, at_us, net)
  WHERE o.wallet = payee AND o.at_us >= payment.as_of - $rule.gather_us AND o.at_us <= payment.as_of AND o.net IS NOT NULL
  WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, t.key LIMIT 200
  WITH t, o WHERE t.key <> payment.id AND NOT t:Pool AND coalesce(t.inputs, 1) <= 5
  MATCH (m)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND NOT m:Service AND m.key <> payee AND NOT m.key IN payment.payers
  WITH m.key AS wallet, o.at_us AS at, t.key AS key, s.net AS given
  ORDER BY at DESC, key
  WITH wallet, collect({wallet: wallet, at: at, key: key, given: given})[0] AS latest
  ORDER BY latest.at DESC, wallet LIMIT 40
  RETURN collect(latest) AS others
}
WITH payment, payee, others + [place IN range(0, size(payment.payers) - 1) WHERE payment.payers[place] <> payee |
  {wallet: payment.payers[place], at: payment.as_of, key: payment.id, given: payment.sent[place]}] AS middle
WHERE size(middle) >= $rule.least_parties
UNWIND middle AS step
CALL (payment, step) {
  MATCH (t:Transaction)-[o:TO]->(m:Wallet)
  USING INDEX o:TO(wallet, at_us, net)
  WHERE o.wallet = step.wallet AND o.at_us >= step.at - $rule.scatter_us AND o.at_us <= step.at AND o.net IS NOT NULL
  WITH t, o, m ORDER BY o.wallet DESC, o.at_us DESC, t.key LIMIT 50
  WITH t, o, m
  WHERE NOT m:Service AND t.key <> payment.id AND t.key <> step.key
    AND o.net <= step.given * $rule.alike AND o.net * $rule.alike >= step.given AND NOT t:Pool AND coalesce(t.inputs, 1) <= 5
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND NOT x:Service AND x.key <> step.wallet
  WITH x.key AS source, t.key AS key, o.at_us AS at
  ORDER BY at DESC, key
  RETURN source, collect(key)[0] AS key
}
WITH payment, payee, source, step, key WHERE source <> payee
WITH payment, payee, source, step, key
ORDER BY step.wallet
WITH payment, payee, source, collect(step.wallet) AS wallets, collect(DISTINCT key) + collect(DISTINCT step.key) AS keys,
  sum(step.given) AS total, count(CASE WHEN step.key = payment.id THEN 1 END) AS own
WHERE own > 0 AND size(wallets) >= $rule.least_parties AND total >= $rule.least_value AND NOT source IN wallets
WITH payment, payee, source, wallets, keys, total
ORDER BY size(wallets) DESC, total DESC, source, payee
WITH payment.id AS id, collect({payee: payee, source: source, wallets: wallets, keys: keys, total: total})[0] AS best
RETURN id, [best.source] + best.wallets + best.payee AS wallets, best.keys AS transactions, best.total AS value,
  size(best.wallets) + ' wallets passed on to ' + best.payee + ' what ' + best.source + ' had scattered' AS detail
ORDER BY id
