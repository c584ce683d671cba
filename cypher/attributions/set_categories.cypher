// name:       set_categories
// purpose:    Cache on each wallet the attribution that decides now, with the label of its class.
// mode:       write
// parameters: rows LIST<MAP>
// returns:    wallets INTEGER
// complexity: one index look-up per wallet
// index:      wallet_key
CYPHER 25
UNWIND $rows AS row
MATCH (w:Wallet {key: row.key})
SET w.category = row.category, w.actor = row.actor, w.attribution = row.attribution
FOREACH (_ IN CASE WHEN row.class = 'illicit' THEN [1] ELSE [] END | SET w:Illicit)
FOREACH (_ IN CASE WHEN row.class = 'illicit' THEN [] ELSE [1] END | REMOVE w:Illicit)
FOREACH (_ IN CASE WHEN row.class = 'service' THEN [1] ELSE [] END | SET w:Service)
FOREACH (_ IN CASE WHEN row.class = 'service' THEN [] ELSE [1] END | REMOVE w:Service)
RETURN count(*) AS wallets
