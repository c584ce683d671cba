"""What each decision rested on, so that it can be made again."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_facts"
down_revision = "2026_11_21_book"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statements in STATEMENTS:
        op.execute(statements)
