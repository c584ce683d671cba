// name:       finish_clustering
// purpose:    Say up to which change of the graph wallets are clustered.
// mode:       write
// parameters: seq INTEGER
// returns:    seq INTEGER
// complexity: one node
// index:      clustering_name
CYPHER 25
MERGE (c:Clustering {name: 'graph'})
SET c.seq = $seq
RETURN c.seq AS seq
