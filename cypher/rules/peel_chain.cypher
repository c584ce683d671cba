// name:       peel_chain
// purpose:    Which payments are at least the fourth step of a sum that is handed on within days while little is peeled off.
// mode:       read
// parameters: payments LIST<MAP>, rule MAP
// returns:    id STRING, wallets LIST<STRING>, transactions LIST<STRING>, value INTEGER, detail STRING
// complexity: back from each payer over 3 payments, each at most `hop_us` before the next: the last 50 of a wallet, 10 wallets a
//             level, and for each of those the first 50 payments it sent in between
// index:      received_history, sent_history
//
// A step hands on between `least_kept` and `most_kept` of what came in; what is peeled goes elsewhere, before the payment
// asked about. The last wallet may peel later.
CYPHER 25 replan=skip
UNWIND $payments AS payment
UNWIND payment.payers[..3] AS payer
MATCH (w:Wallet {key: payer}) USING INDEX SEEK w:Wallet(key)
WHERE NOT w:Service AND size(payment.payees) > 0
WITH payment, payer, payment.received[0] AS value
CALL (payment, payer, value) {
  MATCH (t:Transaction)-[o:TO]->(:Wallet)
  USING INDEX SEEK o:TO(wallet, at_us, net)
  WHERE o.wallet = payer AND o.at_us >= payment.as_of - $rule.hop_us AND o.at_us <= payment.as_of AND o.net IS NOT NULL
  WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 50
  WITH t, o
  WHERE t.key <> payment.id AND o.net * $rule.least_kept <= value AND o.net * $rule.most_kept >= value
    AND NOT t:Pool AND coalesce(t.inputs, 1) = 1
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND NOT x:Service AND NOT x.key IN payment.payees
  WITH x.key AS wallet, o.net AS out, o.at_us AS at, t.key AS key
  ORDER BY at DESC, key LIMIT 10
  RETURN collect({wallet: wallet, next: payer, out: out, at: at, wallets: [wallet, payer], keys: [key]}) AS first
}
CALL (payment, first) {
  UNWIND first AS step
  CALL (payment, step) {
    MATCH (t:Transaction)-[o:TO]->(:Wallet)
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = step.wallet AND o.at_us >= step.at - $rule.hop_us AND o.at_us <= step.at AND o.net IS NOT NULL
    WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 50
    RETURN t, o
  }
  WITH payment, step, t, o
  WHERE t.key <> payment.id AND o.net * $rule.least_kept <= step.out AND o.net * $rule.most_kept >= step.out
    AND NOT t:Pool AND coalesce(t.inputs, 1) = 1
  CALL (payment, step, o) {
    MATCH (:Wallet)-[s:SENT]->(p:Transaction)
    USING INDEX SEEK s:SENT(wallet, at_us, net)
    WHERE s.wallet = step.wallet AND s.at_us >= o.at_us AND s.at_us <= payment.as_of AND s.net IS NOT NULL
    WITH p ORDER BY s.wallet, s.at_us, s.net LIMIT 50
    MATCH (p)-[q:TO]->(y)
    WHERE y.key <> step.next AND q.net <= o.net - step.out AND q.net >= o.net * $rule.least_peel
      AND p.key <> payment.id AND size(coalesce(p.splits, [0])) <= 20
    WITH p.key AS peel ORDER BY peel LIMIT 1
    RETURN peel
  }
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND NOT x:Service AND NOT x.key IN step.wallets AND NOT x.key IN payment.payees
  WITH x.key AS wallet, o.net AS out, o.at_us AS at, t.key AS key, peel, step
  ORDER BY at DESC, key LIMIT 10
  RETURN collect({wallet: wallet, next: step.wallet, out: out, at: at, wallets: [wallet] + step.wallets,
    keys: [key] + [one IN [peel] WHERE NOT one IN step.keys] + step.keys}) AS second
}
CALL (payment, second) {
  UNWIND second AS step
  CALL (payment, step) {
    MATCH (t:Transaction)-[o:TO]->(:Wallet)
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = step.wallet AND o.at_us >= step.at - $rule.hop_us AND o.at_us <= step.at AND o.net IS NOT NULL
    WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 50
    RETURN t, o
  }
  WITH payment, step, t, o
  WHERE t.key <> payment.id AND o.net * $rule.least_kept <= step.out AND o.net * $rule.most_kept >= step.out
    AND NOT t:Pool AND coalesce(t.inputs, 1) = 1
  CALL (payment, step, o) {
    MATCH (:Wallet)-[s:SENT]->(p:Transaction)
    USING INDEX SEEK s:SENT(wallet, at_us, net)
    WHERE s.wallet = step.wallet AND s.at_us >= o.at_us AND s.at_us <= payment.as_of AND s.net IS NOT NULL
    WITH p ORDER BY s.wallet, s.at_us, s.net LIMIT 50
    MATCH (p)-[q:TO]->(y)
    WHERE y.key <> step.next AND q.net <= o.net - step.out AND q.net >= o.net * $rule.least_peel
      AND p.key <> payment.id AND size(coalesce(p.splits, [0])) <= 20
    WITH p.key AS peel ORDER BY peel LIMIT 1
    RETURN peel
  }
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND NOT x:Service AND NOT x.key IN step.wallets AND NOT x.key IN payment.payees
  WITH x.key AS wallet, o.net AS out, o.at_us AS at, t.key AS key, peel, step
  ORDER BY at DESC, key LIMIT 10
  RETURN collect({out: out, wallets: [wallet] + step.wallets,
    keys: [key] + [one IN [peel] WHERE NOT one IN step.keys] + step.keys}) AS third
}
UNWIND third AS chain
WITH payment, chain
ORDER BY chain.out DESC, chain.wallets[0]
WITH payment, collect(chain)[0] AS best
RETURN payment.id AS id, best.wallets + payment.payees[0] AS wallets, best.keys + payment.id AS transactions,
  best.out AS value, 'a sum was handed on from ' + best.wallets[0] + ' to ' + payment.payees[0] + ' in at least '
  + size(best.wallets) + ' steps, each peeling some off' AS detail
ORDER BY id
