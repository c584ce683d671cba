"""How far a re-screened score has moved since a change of it was last told."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_untold"
down_revision = "2026_11_21_time"
branch_labels = None
depends_on = None

UNTOLD = """
ALTER TABLE rescores ADD COLUMN untold double precision NOT NULL DEFAULT 0;
COMMENT ON COLUMN rescores.untold IS 'Its score and shares have moved by no more since score_changes told of it.';
"""


def upgrade() -> None:
    op.execute(UNTOLD)
