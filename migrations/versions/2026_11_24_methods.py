"""Methods compared: what both sides of every wallet score by each, of the comparison that ended last."""

from __future__ import annotations

from alembic import op

revision = "2026_11_24_methods"
down_revision = "2026_11_24_what_ifs"
branch_labels = None
depends_on = None

METHODS = """
CREATE TABLE method_comparisons (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    job text COLLATE "C" PRIMARY KEY,
    hops smallint NOT NULL CHECK (hops BETWEEN 1 AND 6),
    policy text NOT NULL,
    threshold double precision NOT NULL,
    watermark bigint NOT NULL,
    wallets bigint NOT NULL,
    sensitive bigint NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE method_scores (
    wallet text COLLATE "C" NOT NULL,
    direction text NOT NULL CHECK (direction IN ('source', 'destination')),
    haircut double precision NOT NULL,
    time_ordered_haircut double precision NOT NULL,
    fifo double precision NOT NULL,
    poison double precision NOT NULL,
    sensitive boolean NOT NULL,
    spread double precision NOT NULL,
    PRIMARY KEY (wallet, direction)
);
CREATE INDEX method_scores_spread ON method_scores (sensitive, spread DESC, wallet, direction);
COMMENT ON TABLE method_scores IS 'Of the latest comparison; sides that score 0 by every method are left out.';
REVOKE ALL ON method_comparisons, method_scores FROM PUBLIC;
GRANT SELECT, INSERT ON method_comparisons TO headwater_app;
GRANT SELECT, INSERT, DELETE ON method_scores TO headwater_app;
"""


def upgrade() -> None:
    op.execute(METHODS)
