"""Working through alerts: verdicts, notes, suppressions, watchlists."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_queue"
down_revision = "2026_11_21_facts"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statements in STATEMENTS:
        op.execute(statements)
