"""How far the audit log has been published to Kafka."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_kafka"
down_revision = "2026_11_22_webhooks"
branch_labels = None
depends_on = None

CURSOR = """
CREATE TABLE kafka_cursor (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    seq bigint NOT NULL CHECK (seq >= 0),
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    failing_since timestamptz
);
COMMENT ON TABLE kafka_cursor IS 'One row: every event up to seq that is for Kafka has been acknowledged by it;'
    ' failing_since: when Kafka ceased to answer, NULL while it does.';
REVOKE ALL ON kafka_cursor FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (seq, moved_at, failing_since) ON kafka_cursor TO headwater_app;
"""


def upgrade() -> None:
    op.execute(CURSOR)
