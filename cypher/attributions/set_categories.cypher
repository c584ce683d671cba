// name:       set_categories
// purpose:    Cache on locked wallets the attribution that decides now, with the label of its class, and mark stale those
//             whose category is another one.
// mode:       write
// parameters: rows LIST<MAP>
// returns:    wallets INTEGER
// complexity: one index look-up per wallet
// index:      wallet_key
CYPHER 25
UNWIND $rows AS row
MATCH (w:Wallet {key: row.key})
WITH w, row, coalesce(w.category <> row.category, (w.category IS NULL) <> (row.category IS NULL)) AS is_other,
  (w:Illicit) <> coalesce(row.class = 'illicit', false) AS flips
SET w.category = row.category, w.actor = row.actor, w.attribution = row.attribution
FOREACH (_ IN CASE WHEN is_other THEN [1] ELSE [] END |
  SET w:Stale, w.stale = coalesce(w.stale, 0) + 1, w.stale_category = true)
FOREACH (_ IN CASE WHEN flips THEN [1] ELSE [] END | SET w.stale_illicit = true)
FOREACH (_ IN CASE WHEN row.class = 'illicit' THEN [1] ELSE [] END | SET w:Illicit)
FOREACH (_ IN CASE WHEN row.class = 'illicit' THEN [] ELSE [1] END | REMOVE w:Illicit)
FOREACH (_ IN CASE WHEN row.class = 'service' THEN [1] ELSE [] END | SET w:Service)
FOREACH (_ IN CASE WHEN row.class = 'service' THEN [] ELSE [1] END | REMOVE w:Service)
RETURN count(*) AS wallets
