// name:       scatter_gather
// purpose:    Which payments gather at one wallet what another had scattered over several, each passing on about what it got.
// mode:       read
// parameters: payments LIST<MAP>, rule MAP
// returns:    id STRING, wallets LIST<STRING>, transactions LIST<STRING>, value INTEGER, detail STRING
// complexity: the last 50 payments to each payer (10 a payment) within `scatter_us`; where one is alike, the last 200 to each
//             payee (3 a payment) within `gather_us`, at most 40 of their payers, and the last 50 payments to each of those
// index:      received_history
//
// The payment itself must be one of those that gather: the sources of its payers are looked for first, and then no others.
// Alike: what an intermediary got is within the factor `alike` of what it gave. Services are neither source, intermediary
// nor goal.
CYPHER 25 replan=skip
UNWIND $payments AS payment
UNWIND payment.payees[..3] AS payee
MATCH (w:Wallet {key: payee}) USING INDEX SEEK w:Wallet(key)
WHERE NOT w:Service
CALL (payment, payee) {
  UNWIND range(0, size(payment.payers) - 1) AS place
  WITH payment, payee, payment.payers[place] AS payer, payment.sent[place] AS given
  WHERE payer <> payee
  CALL (payment, payer, given) {
    MATCH (t:Transaction)-[o:TO]->(m:Wallet)
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = payer AND o.at_us >= payment.as_of - $rule.scatter_us AND o.at_us <= payment.as_of AND o.net IS NOT NULL
    WITH t, o, m ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 50
    WITH t, o, m WHERE o.net <= given * $rule.alike AND o.net * $rule.alike >= given
    WITH t, o, m WHERE NOT m:Service AND t.key <> payment.id AND NOT t:Pool AND coalesce(t.inputs, 1) <= 5
    MATCH (x)-[s:SENT]->(t)
    WHERE s.net IS NOT NULL AND NOT x:Service AND x.key <> payer
    WITH x.key AS source, t.key AS key, o.at_us AS at
    ORDER BY at DESC, key
    RETURN source, collect(key)[0] AS got
  }
  WITH payment, payer, given, source, got WHERE source <> payee
  RETURN collect({wallet: payer, given: given, key: payment.id, source: source, got: got}) AS own, collect(DISTINCT source) AS sources
}
WITH payment, payee, own, sources WHERE size(own) > 0
CALL (payment, payee) {
  MATCH (t:Transaction)-[o:TO]->(:Wallet)
  USING INDEX SEEK o:TO(wallet, at_us, net)
  WHERE o.wallet = payee AND o.at_us >= payment.as_of - $rule.gather_us AND o.at_us <= payment.as_of AND o.net IS NOT NULL
  WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 200
  WITH t, o WHERE t.key <> payment.id AND NOT t:Pool AND coalesce(t.inputs, 1) <= 5
  MATCH (m)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND NOT m:Service AND m.key <> payee AND NOT m.key IN payment.payers
  WITH m.key AS wallet, o.at_us AS at, t.key AS key, s.net AS given
  ORDER BY at DESC, key
  WITH wallet, collect({wallet: wallet, at: at, key: key, given: given})[0] AS latest
  ORDER BY latest.at DESC, wallet LIMIT 40
  RETURN collect(latest) AS others
}
WITH payment, payee, own, sources, others WHERE size(others) + size(payment.payers) >= $rule.least_parties
CALL (payment, sources, others) {
  UNWIND others AS step
  CALL (payment, sources, step) {
    MATCH (t:Transaction)-[o:TO]->(:Wallet)
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = step.wallet AND o.at_us >= step.at - $rule.scatter_us AND o.at_us <= step.at AND o.net IS NOT NULL
    WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 50
    WITH t, o WHERE o.net <= step.given * $rule.alike AND o.net * $rule.alike >= step.given
    WITH t, o WHERE NOT t.key IN [payment.id, step.key] AND NOT t:Pool AND coalesce(t.inputs, 1) <= 5
    MATCH (x)-[s:SENT]->(t)
    WHERE s.net IS NOT NULL AND x.key IN sources AND x.key <> step.wallet
    WITH x.key AS source, t.key AS key, o.at_us AS at
    ORDER BY at DESC, key
    RETURN source, collect(key)[0] AS got
  }
  RETURN collect({wallet: step.wallet, given: step.given, key: step.key, source: source, got: got}) AS further
}
UNWIND own + further AS step
WITH payment, payee, step
ORDER BY step.wallet
WITH payment, payee, step.source AS source, collect(step.wallet) AS wallets,
  collect(DISTINCT step.got) + collect(DISTINCT step.key) AS keys, sum(step.given) AS total
WHERE size(wallets) >= $rule.least_parties AND total >= $rule.least_value AND NOT source IN wallets
WITH payment, payee, source, wallets, keys, total
ORDER BY size(wallets) DESC, total DESC, source, payee
WITH payment.id AS id, collect({payee: payee, source: source, wallets: wallets, keys: keys, total: total})[0] AS best
RETURN id, [best.source] + best.wallets + best.payee AS wallets, best.keys AS transactions, best.total AS value,
  size(best.wallets) + ' wallets passed on to ' + best.payee + ' what ' + best.source + ' had scattered' AS detail
ORDER BY id
