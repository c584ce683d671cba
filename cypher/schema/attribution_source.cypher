// name:       attribution_source
// purpose:    Attributions by one source.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      attribution_source
CYPHER 25
CREATE INDEX attribution_source IF NOT EXISTS
FOR (a:Attribution) ON (a.source)
