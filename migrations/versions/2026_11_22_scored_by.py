"""Which models a scoring run used, and what they said of wallets."""

from __future__ import annotations

revision = "2026_11_22_scored_by"
down_revision = "2026_11_22_models"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
