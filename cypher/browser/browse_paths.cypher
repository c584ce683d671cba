// name:       browse_paths
// purpose:    By which transactions did illicit money come to this wallet, as far as was known at a time? The most
//             valuable chains, none of whose transactions is earlier than the one before.
// mode:       read
// parameters: key STRING, hops INTEGER, least INTEGER, as_of DATETIME, known_at DATETIME, limit INTEGER
// returns:    bottleneck INTEGER, hops INTEGER, source STRING, category STRING, actor STRING, moved LIST<MAP>, path PATH
// complexity: <= 6 hops inward from one indexed wallet; a chain is given up at $hops, out of order, or below $least
// index:      wallet_key
//
// Attributions are those in force now. In Neo4j Browser first set the parameters; value is in millionths of the reference
// currency, and a higher least value is faster:
//   :param key => 'eth:0x1794065ff9c3b4e8bc3d3a0657bfa290eabfc62e';
//   :param hops => 3;
//   :param least => 1;
//   :param as_of => datetime();
//   :param known_at => datetime();
//   :param limit => 10
CYPHER 25
MATCH path = ACYCLIC (w:Wallet {key: $key}) (
  (b)<-[o:TO|POOLED_OUT]-(t:Transaction)<-[s:SENT|POOLED_IN]-(a)
  WHERE (b.key = $key OR NOT (b:Illicit OR b:Service))
    AND (t:Pool) = (o:POOLED_OUT) AND (t:Pool) = (s:POOLED_IN)
    AND CASE WHEN t.value = o.across THEN 0
      WHEN t:Pool THEN toFloat(s.value) * o.net / (t.value - o.across)
      WHEN t.splits IS NULL THEN t.value
      ELSE t.splits[o.position * t.inputs + s.position] END >= $least
){1,6} (u:Illicit)
WHERE allReduce(
  state = {before: $as_of, hops: 0}, x IN t |
  {before: head([at IN [CASE WHEN x.recorded_at <= $known_at AND (x.withdrawn_at IS NULL OR $known_at < x.withdrawn_at) THEN x.at
      WHEN x.earlier_at IS NULL THEN null
      ELSE head([i IN range(0, size(x.earlier_at) - 1) WHERE x.earlier_recorded_at[i] <= $known_at
        AND $known_at < x.earlier_withdrawn_at[i] | x.earlier_at[i]]) END]
    WHERE at <= state.before]), hops: state.hops + 1},
  state.before IS NOT NULL AND state.hops <= $hops)
WITH *, [x IN t | CASE WHEN x.recorded_at <= $known_at AND (x.withdrawn_at IS NULL OR $known_at < x.withdrawn_at) THEN x.at
  ELSE head([i IN range(0, size(x.earlier_at) - 1) WHERE x.earlier_recorded_at[i] <= $known_at
    AND $known_at < x.earlier_withdrawn_at[i] | x.earlier_at[i]]) END] AS at
WITH path, u, t, reverse([i IN range(0, size(t) - 1) | {
  transaction: t[i].key, at: at[i], sender: a[i].key, receiver: b[i].key, value: CASE WHEN t[i]:Pool
    THEN toInteger(toFloat(s[i].value) * o[i].net / (t[i].value - o[i].across))
    WHEN t[i].splits IS NULL THEN t[i].value
    ELSE t[i].splits[o[i].position * t[i].inputs + s[i].position] END}]) AS moved,
  [x IN o | x.position] + [x IN s | x.position] AS positions
WITH *, reduce(least = head(moved).value, step IN moved | CASE WHEN step.value < least THEN step.value ELSE least END) AS bottleneck
RETURN bottleneck, size(t) AS hops, u.key AS source, u.category AS category, u.actor AS actor, moved, path
ORDER BY bottleneck DESC, hops, [step IN moved | step.transaction], [step IN moved | step.sender], positions LIMIT $limit
