"""Model versions, and the states that they have been in."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_models"
down_revision = "2026_11_22_reconciling"
branch_labels = None
depends_on = None

MODELS = """
CREATE TABLE model_versions (
    id text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('isolation_forest', 'classifier', 'gnn')),
    version integer NOT NULL CHECK (version >= 1),
    job text COLLATE "C" NOT NULL UNIQUE REFERENCES jobs,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    feature_digest text NOT NULL,
    body text NOT NULL,
    UNIQUE (kind, version)
);
COMMENT ON TABLE model_versions IS 'What each training gave, append-only: one version for each job; body, as canonical'
    ' JSON, names its files by SHA-256, what it learned from, and its metrics.';

CREATE TABLE model_states (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model text COLLATE "C" NOT NULL REFERENCES model_versions,
    state text NOT NULL CHECK (state IN ('candidate', 'shadow', 'champion', 'retired')),
    previous text CHECK (previous IN ('candidate', 'shadow', 'champion', 'retired')),
    replaces text COLLATE "C" REFERENCES model_versions,
    actor text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (replaces IS NULL OR state = 'champion')
);
CREATE INDEX model_states_model ON model_states (model, number);
COMMENT ON TABLE model_states IS 'What became of each version, append-only: its last row tells its state; replaces is'
    ' the champion that it was promoted over.';
"""

GRANTS = """
REVOKE ALL ON model_versions, model_states FROM PUBLIC;
GRANT SELECT, INSERT ON model_versions, model_states TO headwater_app;
"""

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
"""


def upgrade() -> None:
    op.execute(MODELS)
    for table in ("model_versions", "model_states"):
        op.execute(GUARD.format(table=table))
    op.execute(GRANTS)
