"""The graph remembers the money; Cypher says how."""
