// name:       wallet_movements
// purpose:    The newest movements of some wallets as columns, as movement_columns tells them: on each side as many
//             transactions as have $limit movements of the wallet.
// mode:       read
// parameters: wallets LIST<STRING>, until INTEGER, limit INTEGER
// returns:    sources LIST<STRING>, targets LIST<STRING>, values LIST<INTEGER>, times LIST<INTEGER>, seqs LIST<INTEGER>
// complexity: for each wallet and side $limit index entries, those of the same time as the last of them, and the pairs of
//             the transactions kept; pools are left out
// index:      sent_history, received_history
//
// The index gives entries by time and not by number: where it is cut, all of that time are looked at.
// What has no `others` was newly made: nobody paid it. Where a share was rounded to 0, it is no movement, and one at least is
// taken to be there.
CYPHER 25 replan=skip
UNWIND $wallets AS wallet
CALL (wallet) {
  CALL (wallet) {
    MATCH ()-[s:SENT]->(t)
    USING INDEX SEEK s:SENT(wallet, at_us, net)
    WHERE s.wallet = wallet AND s.at_us <= $until AND s.net > 0 AND NOT t:Pool
    WITH s, t ORDER BY s.wallet DESC, s.at_us DESC, s.net DESC LIMIT $limit
    RETURN collect({t: t, at: s.at_us, seq: t.seq, rows: CASE WHEN 0 IN coalesce(t.splits, []) THEN 1 ELSE s.others END}) AS newest
  }
  CALL (wallet, newest) {
    WITH newest, CASE WHEN size(newest) = $limit THEN newest[-1].at END AS cut
    WITH newest, cut, CASE WHEN cut IS NULL THEN [] ELSE COLLECT {
      MATCH ()-[s:SENT]->(t)
      USING INDEX SEEK s:SENT(wallet, at_us, net)
      WHERE s.wallet = wallet AND s.at_us = cut AND s.net > 0 AND NOT t:Pool
      RETURN {t: t, at: s.at_us, seq: t.seq, rows: CASE WHEN 0 IN coalesce(t.splits, []) THEN 1 ELSE s.others END}
    } END AS last
    UNWIND [one IN newest WHERE cut IS NULL OR one.at > cut] + last AS one
    WITH one ORDER BY one.at DESC, one.seq DESC
    RETURN collect(one) AS found
  }
  WITH found, reduce(so_far = {taken: 0, rows: 0}, one IN found |
    CASE WHEN so_far.rows >= $limit THEN so_far ELSE {taken: so_far.taken + 1, rows: so_far.rows + one.rows} END) AS cut
  UNWIND found[..cut.taken] AS one
  WITH one.t AS t, one.at AS at
  MATCH (u:Wallet)-[s:SENT]->(t)-[o:TO]->(v:Wallet)
  WHERE s.wallet = wallet AND u <> v
  RETURN u.key AS source, v.key AS target, at, t.seq AS seq,
    sum(CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END) AS value
  UNION ALL
  CALL (wallet) {
    MATCH (t)-[o:TO]->()
    USING INDEX SEEK o:TO(wallet, at_us, net)
    WHERE o.wallet = wallet AND o.at_us <= $until AND o.net > 0 AND o.others > 0 AND NOT t:Pool
    WITH o, t ORDER BY o.wallet DESC, o.at_us DESC, o.net DESC LIMIT $limit
    RETURN collect({t: t, at: o.at_us, seq: t.seq, rows: CASE WHEN 0 IN coalesce(t.splits, []) THEN 1 ELSE o.others END}) AS newest
  }
  CALL (wallet, newest) {
    WITH newest, CASE WHEN size(newest) = $limit THEN newest[-1].at END AS cut
    WITH newest, cut, CASE WHEN cut IS NULL THEN [] ELSE COLLECT {
      MATCH (t)-[o:TO]->()
      USING INDEX SEEK o:TO(wallet, at_us, net)
      WHERE o.wallet = wallet AND o.at_us = cut AND o.net > 0 AND o.others > 0 AND NOT t:Pool
      RETURN {t: t, at: o.at_us, seq: t.seq, rows: CASE WHEN 0 IN coalesce(t.splits, []) THEN 1 ELSE o.others END}
    } END AS last
    UNWIND [one IN newest WHERE cut IS NULL OR one.at > cut] + last AS one
    WITH one ORDER BY one.at DESC, one.seq DESC
    RETURN collect(one) AS found
  }
  WITH found, reduce(so_far = {taken: 0, rows: 0}, one IN found |
    CASE WHEN so_far.rows >= $limit THEN so_far ELSE {taken: so_far.taken + 1, rows: so_far.rows + one.rows} END) AS cut
  UNWIND found[..cut.taken] AS one
  WITH one.t AS t, one.at AS at
  MATCH (u:Wallet)-[s:SENT]->(t)-[o:TO]->(v:Wallet)
  WHERE o.wallet = wallet AND u <> v
  RETURN u.key AS source, v.key AS target, at, t.seq AS seq,
    sum(CASE WHEN t.splits IS NULL THEN t.value ELSE t.splits[o.position * t.inputs + s.position] END) AS value
}
WITH DISTINCT source, target, at, seq, value
RETURN collect(source) AS sources, collect(target) AS targets, collect(value) AS values, collect(at) AS times,
  collect(seq) AS seqs
