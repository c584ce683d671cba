"""What was appended to the audit log and has not been handed to those who want to be told."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_outbox"
down_revision = "2026_11_21_lists"
branch_labels = None
depends_on = None

OUTBOX = """
CREATE TABLE outbox (
    first_seq bigint PRIMARY KEY,
    last_seq bigint NOT NULL CHECK (last_seq >= first_seq),
    appended_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE outbox IS 'Spans of audit events, one for each append and written in its transaction; the relay takes'
    ' a span away in the transaction in which it queues its deliveries.';
REVOKE ALL ON outbox FROM PUBLIC;
-- UPDATE: without it a row cannot be locked.
GRANT SELECT, INSERT, UPDATE (appended_at), DELETE ON outbox TO headwater_app;
"""


def upgrade() -> None:
    op.execute(OUTBOX)
