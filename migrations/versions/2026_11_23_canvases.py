"""Canvases: the picture that an investigator has put together, saved with its case."""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_canvases"
down_revision = "2026_11_22_runs_kept"
branch_labels = None
depends_on = None

CANVASES = """
CREATE TABLE canvases (
    "case" text COLLATE "C" PRIMARY KEY REFERENCES cases,
    version bigint NOT NULL DEFAULT 1,
    body text NOT NULL,
    salt text NOT NULL,
    saved_by text NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE canvases IS 'The canvas of a case as saved last, in canonical JSON; audit_events have the digest, of'
    ' salt and body, of each that was.';
REVOKE ALL ON canvases FROM PUBLIC;
GRANT SELECT, INSERT ON canvases TO headwater_app;
GRANT UPDATE (version, body, salt, saved_by, saved_at) ON canvases TO headwater_app;
"""


def upgrade() -> None:
    op.execute(CANVASES)
