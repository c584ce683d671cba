// name:       attribution_valid_to
// purpose:    Attributions by when they cease to be valid, to find those that just did.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      attribution_valid_to
CYPHER 25
CREATE INDEX attribution_valid_to IF NOT EXISTS
FOR (a:Attribution) ON (a.valid_to)
