"""Model versions, their states and drift."""

from __future__ import annotations

revision = "2026_11_22_models"
down_revision = "2026_11_22_reconciling"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
