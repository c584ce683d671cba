"""What somebody did, found by who did it."""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_who_did_what"
down_revision = "2026_11_23_canvases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX audit_events_actor ON audit_events (actor, seq)")
