"""Evidence: what stands behind an alert as files that anybody can check, and checking them without any server.

Imports the domain, the pure parts of the graph, `risk`, and of the ledger what hashes and signatures are made of.
"""
