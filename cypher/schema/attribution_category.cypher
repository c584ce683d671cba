// name:       attribution_category
// purpose:    Attributions of one category.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      attribution_category
CYPHER 25
CREATE INDEX attribution_category IF NOT EXISTS
FOR (a:Attribution) ON (a.category)
