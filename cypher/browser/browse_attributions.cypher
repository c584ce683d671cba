// name:       browse_attributions
// purpose:    What was said about this wallet, when was it true and when was it believed? Those in force at both times
//             are marked.
// mode:       read
// parameters: key STRING, as_of DATETIME, known_at DATETIME
// returns:    in_force BOOLEAN, category STRING, actor STRING, source STRING, confidence FLOAT, official BOOLEAN, valid_from DATETIME, valid_to DATETIME, recorded_at DATETIME, withdrawn_at DATETIME, author STRING, id STRING, supersedes STRING, path PATH
// complexity: the attributions of one indexed wallet
// index:      wallet_key
//
// In Neo4j Browser first set the parameters:
//   :param key => 'eth:0x1794065ff9c3b4e8bc3d3a0657bfa290eabfc62e';
//   :param as_of => datetime();
//   :param known_at => datetime()
CYPHER 25
MATCH path = (w:Wallet {key: $key})<-[:ABOUT]-(g:Attribution)
RETURN g.recorded_at <= $known_at AND (g.withdrawn_at IS NULL OR $known_at < g.withdrawn_at)
    AND (g.valid_from IS NULL OR g.valid_from <= $as_of) AND (g.valid_to IS NULL OR $as_of < g.valid_to) AS in_force,
  g.category AS category, g.actor AS actor, g.source AS source, g.confidence AS confidence, g.official AS official,
  g.valid_from AS valid_from, g.valid_to AS valid_to, g.recorded_at AS recorded_at, g.withdrawn_at AS withdrawn_at,
  g.author AS author, g.id AS id, g.supersedes AS supersedes, path
ORDER BY recorded_at, id
