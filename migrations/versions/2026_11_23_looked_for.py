"""Indexes for what people look for: what somebody did, and the verdicts since a time."""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_looked_for"
down_revision = "2026_11_23_canvases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX audit_events_actor ON audit_events (actor, seq)")
    op.execute("CREATE INDEX verdicts_at ON verdicts (at)")
