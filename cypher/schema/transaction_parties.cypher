// name:       transaction_parties
// purpose:    Tell each party of a graph that was landed without it what landing tells now: wallet, time, and what it moved.
// mode:       batched
// parameters: none
// returns:    transactions INTEGER
// complexity: every transaction and its pairs, once per database
// index:      counter_name
//
// Repeatable: what is told already is told again, until the counter says that all was.
CYPHER 25
MATCH (c:Counter {name: 'graph'}) WHERE c.parties_told IS NULL
MATCH (t:Transaction) WHERE t.seq IS NOT NULL
CALL (t) {
  WITH t, CASE WHEN t.withdrawn_at IS NULL THEN t.at.epochSeconds * 1000000 + t.at.microsecond END AS at_us
  CALL (t, at_us) {
    MATCH (w:Wallet)-[r:SENT|TO]-(t)
    SET r.wallet = w.key, r.at_us = at_us
  }
  CALL (t) {
    WITH t, t.splits AS splits, t.inputs AS inputs WHERE NOT t:Pool
    MATCH (u:Wallet)-[s:SENT]->(t)
    MATCH (t)-[o:TO]->(v:Wallet) WHERE u <> v
    WITH u, v, sum(CASE WHEN splits IS NULL THEN t.value ELSE splits[o.position * inputs + s.position] END) AS value
    UNWIND [{wallet: u, paid: value}, {wallet: v, got: value}] AS one
    RETURN one.wallet AS w, sum(one.paid) AS paid, sum(one.got) AS got
    UNION ALL
    MATCH (w:Wallet)-[r:POOLED_IN|POOLED_OUT]-(t)
    RETURN w, sum(CASE WHEN endNode(r) = t THEN r.net END) AS paid, sum(CASE WHEN startNode(r) = t THEN r.net END) AS got
    UNION ALL
    MATCH (t)-[o:TO]->(w:Wallet) WHERE NOT EXISTS { (:Wallet)-[:SENT]->(t) }
    RETURN w, 0 AS paid, sum(o.value) AS got
  }
  WITH t, collect({wallet: w, paid: paid, got: got}) AS moved,
    count(CASE WHEN paid > 0 THEN 1 END) AS payers, count(CASE WHEN got > 0 THEN 1 END) AS payees
  UNWIND moved AS one
  WITH t, one.wallet AS w, one.paid AS paid, one.got AS got, payers, payees
  CALL (t, w, paid, got, payees) {
    WITH * WHERE paid > 0
    MATCH (w)-[s:SENT]->(t)
    WITH s, paid, got, payees ORDER BY s.position LIMIT 1
    SET s.net = paid, s.others = payees - CASE WHEN got > 0 THEN 1 ELSE 0 END
  }
  CALL (t, w, paid, got, payers) {
    WITH * WHERE got > 0
    MATCH (t)-[o:TO]->(w)
    WITH o, paid, got, payers ORDER BY o.position LIMIT 1
    SET o.net = got, o.others = payers - CASE WHEN paid > 0 THEN 1 ELSE 0 END
  }
} IN TRANSACTIONS OF 1000 ROWS
WITH count(*) AS transactions
MATCH (c:Counter {name: 'graph'}) WHERE c.parties_told IS NULL
SET c.parties_told = true
RETURN transactions
