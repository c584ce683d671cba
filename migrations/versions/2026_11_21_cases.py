"""Cases: alerts and wallets that are worked on together, closed by two people."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_cases"
down_revision = "2026_11_21_queue"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statements in STATEMENTS:
        op.execute(statements)
