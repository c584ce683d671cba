// name:       store_rescores
// purpose:    Write re-screened scores, illicit neighbours and levels to their wallets: all of them, or none where somebody
//             else has claimed to write since.
// mode:       write
// parameters: rows LIST<MAP>, claim INTEGER
// returns:    stored INTEGER
// complexity: one index look-up per wallet; they come sorted by key so that two writers cannot wait for each other in a ring
// index:      wallet_key, counter_name
CYPHER 25 replan=skip
MATCH (c:Counter {name: 'scores'})
SET c.name = c.name
WITH c WHERE c.writers = $claim
UNWIND $rows AS row
MATCH (w:Wallet {key: row.key})
SET w += row.properties
RETURN count(*) AS stored
