// name:       mixer_exit
// purpose:    Which payments pass on, within days, money that a payer got from a mixer, straight or over one or two wallets.
// mode:       read
// parameters: payments LIST<MAP>, rule MAP
// returns:    id STRING, wallets LIST<STRING>, transactions LIST<STRING>, value INTEGER, detail STRING
// complexity: back from each payer (3 a payment) over 3 payments within `window_us`: the last 100 of a wallet, 30 wallets a level
// index:      received_history
//
// Each payment on the way is at least `least_share` of this one. What a mixer itself pays is direct exposure, no exit.
CYPHER 25 replan=skip
UNWIND $payments AS payment
UNWIND payment.payers[..3] AS payer
MATCH (w:Wallet {key: payer}) USING INDEX SEEK w:Wallet(key)
WHERE NOT w:Service AND coalesce(w.category, '') <> 'mixer'
WITH payment, payer, payment.value * $rule.least_share AS least, payment.as_of - $rule.window_us AS since
CALL (payment, payer, least, since) {
  MATCH (t:Transaction)-[o:TO]->(:Wallet)
  USING INDEX SEEK o:TO(wallet, at_us, net)
  WHERE o.wallet = payer AND o.at_us >= since AND o.at_us <= payment.as_of AND o.net IS NOT NULL
  WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 100
  WITH t, o WHERE t.key <> payment.id AND o.net >= least AND NOT t:Pool AND coalesce(t.inputs, 1) <= 20
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND NOT x:Service AND x.key <> payer
  WITH x.key AS wallet, coalesce(x.category, '') = 'mixer' AS is_mixer, o.at_us AS at, t.key AS key, o.net AS net
  ORDER BY at DESC, key
  WITH wallet, is_mixer, collect({wallet: wallet, is_mixer: is_mixer, at: at, least: net, wallets: [wallet, payer], keys: [key]})[0] AS latest
  ORDER BY is_mixer DESC, latest.at DESC, wallet LIMIT 30
  RETURN collect(latest) AS near
}
CALL (payment, near, least, since) {
  UNWIND near AS step
  WITH step WHERE NOT step.is_mixer
  CALL (step, since) {
    MATCH (t:Transaction)-[o:TO]->(:Wallet)
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = step.wallet AND o.at_us >= since AND o.at_us <= step.at AND o.net IS NOT NULL
    WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 100
    RETURN t, o
  }
  WITH step, t, o WHERE t.key <> payment.id AND o.net >= least AND NOT t:Pool AND coalesce(t.inputs, 1) <= 20
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND NOT x:Service AND NOT x.key IN step.wallets
  WITH x.key AS wallet, coalesce(x.category, '') = 'mixer' AS is_mixer, o.at_us AS at, t.key AS key, o.net AS net, step
  ORDER BY at DESC, key
  WITH wallet, is_mixer, collect({wallet: wallet, is_mixer: is_mixer, at: at, least: CASE WHEN net < step.least THEN net ELSE step.least END,
    wallets: [wallet] + step.wallets, keys: [key] + step.keys})[0] AS latest
  ORDER BY is_mixer DESC, latest.at DESC, wallet LIMIT 30
  RETURN collect(latest) AS middle
}
CALL (payment, middle, least, since) {
  UNWIND middle AS step
  WITH step WHERE NOT step.is_mixer
  CALL (step, since) {
    MATCH (t:Transaction)-[o:TO]->(:Wallet)
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = step.wallet AND o.at_us >= since AND o.at_us <= step.at AND o.net IS NOT NULL
    WITH t, o ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT 100
    RETURN t, o
  }
  WITH step, t, o WHERE t.key <> payment.id AND o.net >= least AND NOT t:Pool AND coalesce(t.inputs, 1) <= 20
  MATCH (x)-[s:SENT]->(t)
  WHERE s.net IS NOT NULL AND coalesce(x.category, '') = 'mixer' AND NOT x.key IN step.wallets
  WITH x.key AS wallet, o.at_us AS at, t.key AS key, o.net AS net, step
  ORDER BY at DESC, key
  RETURN collect({wallet: wallet, is_mixer: true, at: at, least: CASE WHEN net < step.least THEN net ELSE step.least END,
    wallets: [wallet] + step.wallets, keys: [key] + step.keys}) AS far
}
WITH payment, near + middle + far AS steps
UNWIND steps AS step
WITH payment, step WHERE step.is_mixer
WITH payment, step
ORDER BY size(step.keys), step.least DESC, step.wallet
WITH payment, collect(step)[0] AS best
RETURN payment.id AS id, best.wallets AS wallets, best.keys + payment.id AS transactions, best.least AS value,
  'money left the mixer ' + best.wallet + ' and moves on after ' + size(best.keys) + ' payments' AS detail
ORDER BY id
