"""Vetoes: transactions that say nothing about who shares an owner, because somebody knows better."""

from __future__ import annotations

from alembic import op

revision = "2026_11_24_entities"
down_revision = "2026_11_24_methods"
branch_labels = None
depends_on = None

VETOES = """
CREATE TABLE entity_vetoes (
    id text COLLATE "C" PRIMARY KEY,
    entity text NOT NULL,
    transaction text NOT NULL,
    reason text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_by text,
    ended_at timestamptz,
    CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX entity_vetoes_in_force ON entity_vetoes (transaction) WHERE ended_at IS NULL;
CREATE INDEX entity_vetoes_entity ON entity_vetoes (entity, id);
COMMENT ON TABLE entity_vetoes IS 'Transactions whose links hold no entity together while a veto is in force; entity is'
    ' the key that it had when it was vetoed. A veto is ended, never edited.';
REVOKE ALL ON entity_vetoes FROM PUBLIC;
GRANT SELECT, INSERT ON entity_vetoes TO headwater_app;
GRANT UPDATE (ended_by, ended_at) ON entity_vetoes TO headwater_app;
"""


def upgrade() -> None:
    op.execute(VETOES)
