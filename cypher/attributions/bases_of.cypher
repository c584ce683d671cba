// name:       bases_of
// purpose:    Of what alerts rest on, what still holds: which attributions are about a wallet that is illicit now, and which
//             transactions count.
// mode:       read
// parameters: attributions LIST<STRING>, transactions LIST<STRING>
// returns:    illicit LIST<STRING>, counting LIST<STRING>
// complexity: one index look-up per id and key
// index:      attribution_id, transaction_key
CYPHER 25
RETURN COLLECT {
    UNWIND $attributions AS id
    MATCH (a:Attribution {id: id})-[:ABOUT]->(:Illicit)
    RETURN id
  } AS illicit,
  COLLECT {
    UNWIND $transactions AS key
    MATCH (t:Transaction {key: key}) USING INDEX t:Transaction(key) WHERE t.seq IS NOT NULL AND t.withdrawn_at IS NULL
    RETURN key
  } AS counting
