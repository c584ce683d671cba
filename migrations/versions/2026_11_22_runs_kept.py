"""Jobs that can be cancelled, runs that are kept or not, differences of two runs."""

from __future__ import annotations

revision = "2026_11_22_runs_kept"
down_revision = "2026_11_22_scored_by"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
