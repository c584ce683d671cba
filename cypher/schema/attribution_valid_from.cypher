// name:       attribution_valid_from
// purpose:    Attributions by when they become valid, to find those that just did.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      attribution_valid_from
CYPHER 25
CREATE INDEX attribution_valid_from IF NOT EXISTS
FOR (a:Attribution) ON (a.valid_from)
