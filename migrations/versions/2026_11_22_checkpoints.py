"""Signed checkpoints of the audit log, the inner nodes of its Merkle tree, and whether checkpoints are made."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_checkpoints"
down_revision = "2026_11_22_kafka"
branch_labels = None
depends_on = None

CHECKPOINTS = """
CREATE TABLE checkpoints (
    size bigint PRIMARY KEY CHECK (size >= 1),
    at timestamptz NOT NULL,
    origin text NOT NULL,
    root text NOT NULL,
    head_hash text NOT NULL,
    key text NOT NULL,
    note text NOT NULL
);
COMMENT ON TABLE checkpoints IS 'Signed checkpoints of the audit log, append-only; note is what was signed, with its'
    ' signature. What an auditor keeps elsewhere proves this table right or wrong, not the other way round.';
"""

NODES = """
CREATE TABLE audit_tree (
    level smallint NOT NULL CHECK (level > 0 AND level % 8 = 0),
    position bigint NOT NULL CHECK (position >= 0),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, position)
);
COMMENT ON TABLE audit_tree IS 'Roots of complete subtrees of 256, 256^2, ... events (ledger/merkle.py), append-only;'
    ' kept so that a proof reads some hundred rows of a log of millions.';
"""

STATE = """
CREATE TABLE checkpoint_state (
    id smallint PRIMARY KEY CHECK (id = 1),
    state text NOT NULL CHECK (state IN ('ok', 'off', 'failing', 'refused')),
    detail text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE checkpoint_state IS 'What the worker last found when it made checkpoints; one row, no evidence.';
"""

# ENABLE ALWAYS: also where a session calls itself a replica to get round triggers.
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
"""

GRANTS = """
REVOKE ALL ON checkpoints, audit_tree, checkpoint_state FROM PUBLIC;
GRANT SELECT, INSERT ON checkpoints, audit_tree, checkpoint_state TO headwater_app;
GRANT UPDATE (state, detail, changed_at) ON checkpoint_state TO headwater_app;
"""


def upgrade() -> None:
    for statements in (CHECKPOINTS, NODES, STATE):
        op.execute(statements)
    for table in ("checkpoints", "audit_tree"):
        op.execute(GUARD.format(table=table))
    op.execute(GRANTS)
