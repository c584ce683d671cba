"""`README.txt` of every bundle: what is in it, and how to check all of it."""

README = """\
EVIDENCE BY HEADWATER

This archive says why an alert was opened, with everything that its numbers rest on. It can be checked without the
system that made it, and without trusting whoever runs that.

READ
  report.html, report.pdf   the alert as a person reads it
  In the bundle of a case each alert has its folder alerts/<id>/, case.json and case.txt tell of the case itself.

CHECK, THREE WAYS

1. headwater verify BUNDLE.zip [--key PUB]
   Needs Headwater, no server and no settings. Recomputes every hash, every value of every transaction and flow, the
   exposure, the score and the decision, and the way from each audit event to the root that was signed. It exits 1 and
   names file and figure where anything differs, 2 for what is no bundle. With --key only the key counts that you were
   given elsewhere; without, the key in the bundle, which proves that it is whole and not who made it.

2. replay.cypher, in an empty Neo4j 5 or later
   cypher-shell --fail-fast -f replay.cypher
   or paste it into Neo4j Browser. It loads the data and asserts every number; the first that differs ends it with an
   error that begins with DIFFERS and names the figure. It begins by asserting that the database is empty.

3. By hand
   sha256sum of each file against manifest.json. The SHA-256 of audit/event-N.json is the hash of that event, leaf N-1
   of the Merkle tree of RFC 6962 whose root is in audit/checkpoint.note (a signed note, Ed25519); proofs.json has the
   way there. decision.json and facts.json, hashed, are `decision_hash` and `facts` in the event transaction.decided.

WHAT THE FILES ARE (values are integers of micro-units of the reference currency, times are UTC)
  manifest.json      every file with hash and size, what the bundle is about, and what is left out, if anything
  alert.json         the alert as it stood, and its notes
  decision.json      the decision, byte for byte as recorded; facts.json what it rested on
  payment.json       what was decided upon
  graph.json         wallets, transactions, flows and attributions that the exposure rests on, for each side
  exposure.json      the recorded numbers
  policy.json, rules.json, models.json, categories.json     what was in force
  queries/           the Cypher that was asked, with its parameters
  audit/             events, proofs, checkpoint, public key, and notes in which keys vouch for later ones

WHAT IT DOES NOT SAY
  That the payments happened: it says what had been reported to the system, and what followed. What a model said is
  given, with the model's version, and weighed again; it is not computed again. Where no signed checkpoint existed yet,
  nothing outside the database stands behind the events, and verify says "not signed".
"""
