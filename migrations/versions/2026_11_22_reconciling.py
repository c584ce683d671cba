"""What the graph is rebuilt from as it was: when the graph itself took each landing and each change in."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_reconciling"
down_revision = "2026_11_22_checkpoints"
branch_labels = None
depends_on = None

TIMES = """
ALTER TABLE landed ADD COLUMN landed_at timestamptz;
ALTER TABLE transaction_changes ADD COLUMN at timestamptz;
COMMENT ON COLUMN landed.landed_at IS 'When the graph recorded the landing, by its own clock; null for one recorded'
    ' before this was kept.';
COMMENT ON COLUMN transaction_changes.at IS 'When the graph made the change, by its own clock; null as in landed.';
-- What landed last is compared with the graph every few minutes.
CREATE INDEX landed_seq ON landed (seq);
"""


def upgrade() -> None:
    op.execute(TIMES)
