// name:       clustering_state
// purpose:    How far wallets are clustered and linked, and which transactions do not count because of a veto.
// mode:       read
// parameters: none
// returns:    seq INTEGER, linked_seq INTEGER, vetoed LIST<STRING>
// complexity: one node
// index:      clustering_name
CYPHER 25
MATCH (c:Clustering {name: 'graph'})
RETURN c.seq AS seq, coalesce(c.linked_seq, 0) AS linked_seq, coalesce(c.vetoed, []) AS vetoed
