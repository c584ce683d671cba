"""The local stack: settings in; running Neo4j, Postgres and Redis out."""
