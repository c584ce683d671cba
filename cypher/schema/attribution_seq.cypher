// name:       attribution_seq
// purpose:    Attributions in the order they were recorded, for paging.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      attribution_seq
CYPHER 25
CREATE INDEX attribution_seq IF NOT EXISTS
FOR (a:Attribution) ON (a.seq)
