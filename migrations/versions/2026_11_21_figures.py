"""Figures of the dashboard, kept as decisions are made."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_figures"
down_revision = "2026_11_21_people"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    for statements in STATEMENTS:
        op.execute(statements)
