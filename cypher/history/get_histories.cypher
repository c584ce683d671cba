// name:       get_histories
// purpose:    What wallets had sent and received until given times, the latest payment first, each as columns; and of given
//             payments the number of their landing, null if they are not there, and whether a payer had paid a payee before.
// mode:       read
// parameters: stretches LIST<MAP>, payments LIST<MAP>, most INTEGER, enough INTEGER, most_parties INTEGER
// returns:    wallets LIST<MAP>, payments LIST<MAP>
// complexity: $most index entries for each of `stretches` and side, and the parties of those after `since` that have at most
//             $most_parties; for each payment the flows and pools between its payers and payees, 10 a side
// index:      sent_history, received_history, wallet_key, transaction_key
//
// What is hinted is never scanned: statistics of a graph that has just filled may still tell of an empty one.
// The index gives times and values in order by itself: only the number of the transaction is read beside it.
// `first_at_us` and `total` are empty for wallets of at most $enough payments: those are all there.
CYPHER 25 replan=skip
CALL () {
  UNWIND $stretches AS one
  CALL (one) {
    MATCH ()-[s:SENT]->(t)
    USING INDEX SEEK s:SENT(wallet, at_us, net)
    WHERE s.wallet = one.wallet AND s.at_us <= one.until AND s.net > 0
    WITH s, t ORDER BY s.wallet DESC, s.at_us DESC, s.net DESC LIMIT $most
    RETURN collect(s.at_us) AS sent_at, collect(s.net) AS sent_net, collect(t.seq) AS sent_seq,
      collect(CASE WHEN s.at_us > one.since THEN [s.others, COLLECT {
        MATCH (t)-[o:TO]->()
        WHERE s.others <= $most_parties AND o.net > 0 AND o.wallet <> s.wallet
        RETURN o.wallet
      }] END) AS sent_to
  }
  CALL (one) {
    MATCH (t)-[o:TO]->()
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = one.wallet AND o.at_us <= one.until AND o.net > 0
    WITH o, t ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT $most
    RETURN collect(o.at_us) AS received_at, collect(o.net) AS received_net, collect(t.seq) AS received_seq,
      collect(CASE WHEN o.at_us > one.since THEN [o.others, COLLECT {
        MATCH ()-[s:SENT]->(t)
        WHERE o.others <= $most_parties AND s.net > 0 AND s.wallet <> o.wallet
        RETURN s.wallet
      }] END) AS received_from
  }
  RETURN collect({
    wallet: one.wallet, until: one.until,
    sent: {
      at_us: sent_at, net: sent_net, seq: sent_seq, parties: sent_to,
      first_at_us: CASE WHEN size(sent_at) > $enough THEN COLLECT {
        MATCH ()-[s:SENT]->()
        USING INDEX SEEK s:SENT(wallet, at_us, net)
        WHERE s.wallet = one.wallet AND s.at_us <= one.until AND s.net > 0
        RETURN s.at_us ORDER BY s.wallet, s.at_us, s.net LIMIT 1
      } ELSE [] END,
      total: CASE WHEN size(sent_at) > $enough THEN COLLECT { MATCH (w:Wallet {key: one.wallet}) USING INDEX SEEK w:Wallet(key) RETURN w.out_count } ELSE [] END
    },
    received: {
      at_us: received_at, net: received_net, seq: received_seq, parties: received_from,
      first_at_us: CASE WHEN size(received_at) > $enough THEN COLLECT {
        MATCH ()-[o:TO]->()
        USING INDEX SEEK o:TO(wallet, at_us, net)
        WHERE o.wallet = one.wallet AND o.at_us <= one.until AND o.net > 0
        RETURN o.at_us ORDER BY o.wallet, o.at_us, o.net LIMIT 1
      } ELSE [] END,
      total: CASE WHEN size(received_at) > $enough THEN COLLECT { MATCH (w:Wallet {key: one.wallet}) USING INDEX SEEK w:Wallet(key) RETURN w.in_count } ELSE [] END
    }
  }) AS wallets
}
CALL () {
  UNWIND $payments AS payment
  WITH payment, datetime.fromepoch((payment.as_of + 62135596800000000) / 1000000 - 62135596800, (payment.as_of + 62135596800000000) % 1000000 * 1000) AS as_of
  OPTIONAL MATCH (own:Transaction {key: payment.id}) USING INDEX SEEK own:Transaction(key)
  RETURN collect({id: payment.id, seq: own.seq, paid_before: EXISTS {
    UNWIND payment.payers AS payer
    UNWIND payment.payees AS payee
    WITH payer, payee WHERE payer <> payee
    MATCH (u:Wallet {key: payer}) USING INDEX SEEK u:Wallet(key)
    MATCH (v:Wallet {key: payee}) USING INDEX SEEK v:Wallet(key)
    CALL (u, v) {
      MATCH (u)-[f:FLOW]->(v)
      RETURN f
    }
    WITH u, v, f WHERE f.first_at < as_of OR (f.first_at = as_of AND EXISTS {
      MATCH ()-[a:SENT]->(t:Transaction)
      USING INDEX SEEK a:SENT(wallet, at_us, net)
      WHERE a.wallet = u.key AND a.at_us = payment.as_of AND a.net > 0 AND t.key <> payment.id AND NOT t:Pool
      CALL (u, v, t) {
        MATCH (u)-[s:SENT]->(t)-[o:TO]->(v)
        WHERE CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END > 0
        RETURN 1 AS met
      }
      RETURN met
    })
    RETURN f
  } OR EXISTS {
    UNWIND payment.payers AS payer
    MATCH (u:Wallet {key: payer})-[:POOLED_IN]->(t:Transaction)
    USING INDEX SEEK u:Wallet(key)
    WHERE t.withdrawn_at IS NULL AND t.at <= as_of AND t.key <> payment.id
    UNWIND payment.payees AS payee
    WITH t, payer, payee WHERE payer <> payee
    MATCH (v:Wallet {key: payee}) USING INDEX SEEK v:Wallet(key)
    CALL (t, v) {
      MATCH (t)-[:POOLED_OUT]->(v)
      RETURN 1 AS met
    }
    RETURN met
  }}) AS payments
}
RETURN wallets, payments
