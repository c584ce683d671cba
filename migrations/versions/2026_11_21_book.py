"""Rules and policies: every version, and what was put in force when."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_book"
down_revision = "2026_11_21_untold"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statements in STATEMENTS:
        op.execute(statements)
