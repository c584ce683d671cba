// name:       unsalt_text
// purpose:    Forget the salts of personal texts that are no more, so that a digest cannot be tried against texts.
// mode:       write
// parameters: keys LIST<STRING>
// returns:    unsalted INTEGER
// complexity: one index look-up per key
// index:      transaction_key
CYPHER 25
UNWIND $keys AS key
MATCH (t:Transaction {key: key})
USING INDEX t:Transaction(key)
SET t.text_salt = null
RETURN count(*) AS unsalted
