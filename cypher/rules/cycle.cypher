// name:       cycle
// purpose:    Which payments bring money back to the wallet that sent it off 2 to 4 payments ago, alike in amount.
// mode:       read
// parameters: payments LIST<MAP>, rule MAP
// returns:    id STRING, wallets LIST<STRING>, transactions LIST<STRING>, value INTEGER, detail STRING
// complexity: back from each payer (3 a payment) over 3 payments within `window_us`: the last 200 of a wallet, 30 wallets a level
// index:      received_history
//
// A level keeps the latest arrival at each wallet: whoever paid before that also paid before any earlier one. Alike: within
// the factor `alike` of this payment. Services pass on money that is not the same: no way leads through them.
CYPHER 25 replan=skip
UNWIND $payments AS payment
WITH payment, payment.payers[..3] AS payers, payment.payees[..3] AS payees
UNWIND payers AS payer
MATCH (w:Wallet {key: payer}) USING INDEX SEEK w:Wallet(key)
WHERE NOT w:Service AND NOT payer IN payees
WITH payment, payees, payer, payment.received[0] AS value, payment.as_of - $rule.window_us AS since
CALL (payment, payees, payer, value, since) {
  MATCH (t:Transaction)-[o:TO]->(:Wallet)
  USING INDEX SEEK o:TO(wallet, at_us, net)
  WHERE o.wallet = payer AND o.at_us >= since AND o.at_us <= payment.as_of AND o.net IS NOT NULL
  WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 200
  WITH t, o
  WHERE t.key <> payment.id AND o.net <= value * $rule.alike AND o.net * $rule.alike >= value
    AND NOT t:Pool AND coalesce(t.inputs, 1) <= 20
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND x.key <> payer AND NOT x:Service
  WITH x.key AS wallet, o.at_us AS at, t.key AS key
  ORDER BY at DESC, key
  WITH wallet, collect({wallet: wallet, at: at, wallets: [wallet, payer], keys: [key]})[0] AS latest
  ORDER BY latest.at DESC, wallet LIMIT 30
  RETURN collect(latest) AS near
}
CALL (payment, payees, near, value, since) {
  UNWIND near AS step
  WITH step WHERE NOT step.wallet IN payees
  CALL (step, value, since) {
    MATCH (t:Transaction)-[o:TO]->(:Wallet)
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = step.wallet AND o.at_us >= since AND o.at_us <= step.at AND o.net IS NOT NULL
    WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 200
    RETURN t, o
  }
  WITH step, t, o
  WHERE t.key <> payment.id AND o.net <= value * $rule.alike AND o.net * $rule.alike >= value
    AND NOT t:Pool AND coalesce(t.inputs, 1) <= 20 AND NOT t.key IN step.keys
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND NOT x.key IN step.wallets AND NOT x:Service
  WITH x.key AS wallet, o.at_us AS at, t.key AS key, step
  ORDER BY at DESC, key
  WITH wallet, collect({wallet: wallet, at: at, wallets: [wallet] + step.wallets, keys: [key] + step.keys})[0] AS latest
  ORDER BY latest.at DESC, wallet LIMIT 30
  RETURN collect(latest) AS middle
}
CALL (payment, payees, middle, value, since) {
  UNWIND middle AS step
  WITH step WHERE NOT step.wallet IN payees
  CALL (step, value, since) {
    MATCH (t:Transaction)-[o:TO]->(:Wallet)
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = step.wallet AND o.at_us >= since AND o.at_us <= step.at AND o.net IS NOT NULL
    WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 200
    RETURN t, o
  }
  WITH step, t, o
  WHERE t.key <> payment.id AND o.net <= value * $rule.alike AND o.net * $rule.alike >= value
    AND NOT t:Pool AND coalesce(t.inputs, 1) <= 20 AND NOT t.key IN step.keys
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND any(payee IN payees WHERE payee = x.key) AND NOT x.key IN step.wallets AND NOT x:Service
  WITH x.key AS wallet, o.at_us AS at, t.key AS key, step
  ORDER BY at DESC, key
  RETURN collect({wallet: wallet, at: at, wallets: [wallet] + step.wallets, keys: [key] + step.keys}) AS far
}
WITH payment, payees, value, near + middle + far AS steps
UNWIND steps AS step
WITH payment, value, step WHERE step.wallet IN payees
WITH payment, value, step
ORDER BY size(step.keys), step.at DESC, step.wallet
WITH payment, value, collect(step)[0] AS best
ORDER BY payment.id, size(best.keys)
WITH payment, collect({value: value, wallets: best.wallets, keys: best.keys})[0] AS best
RETURN payment.id AS id, best.wallets AS wallets, best.keys + payment.id AS transactions, best.value AS value,
  'money is back at ' + best.wallets[0] + ' after ' + size(best.keys + payment.id) + ' payments' AS detail
ORDER BY id
