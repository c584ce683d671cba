"""What-ifs: suppositions about a wallet, saved with a case, and what they came to then."""

from __future__ import annotations

from alembic import op

revision = "2026_11_24_what_ifs"
down_revision = "2026_11_23_looked_for"
branch_labels = None
depends_on = None

WHAT_IFS = """
CREATE TABLE what_ifs (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text COLLATE "C" PRIMARY KEY,
    "case" text COLLATE "C" NOT NULL REFERENCES cases,
    title text NOT NULL,
    wallet text COLLATE "C" NOT NULL,
    direction text NOT NULL CHECK (direction IN ('source', 'destination')),
    hops smallint NOT NULL CHECK (hops BETWEEN 1 AND 6),
    suppose text NOT NULL,
    watermark bigint NOT NULL,
    score_before double precision NOT NULL,
    score_after double precision NOT NULL,
    policy text NOT NULL,
    salt text NOT NULL,
    saved_by text NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX what_ifs_case ON what_ifs ("case", number);
COMMENT ON TABLE what_ifs IS 'Questions kept with a case, in canonical JSON, and their scores then; what was supposed'
    ' is nowhere else. audit_events have the digest, of salt and question, of each that was.';
REVOKE ALL ON what_ifs FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON what_ifs TO headwater_app;
"""


def upgrade() -> None:
    op.execute(WHAT_IFS)
