// name:       counter_name
// purpose:    Exactly one counter node, whose lock orders every change of the graph.
// mode:       schema
// parameters: none
// returns:    none
// complexity: once per database
// index:      counter_name
CYPHER 25
CREATE CONSTRAINT counter_name IF NOT EXISTS
FOR (c:Counter) REQUIRE c.name IS UNIQUE
