"""What each decision rested on, so that it can be made again."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_facts"
down_revision = "2026_11_21_book"
branch_labels = None
depends_on = None

FACTS = """
CREATE TABLE decision_facts (
    decision text COLLATE "C" PRIMARY KEY REFERENCES decisions,
    body json NOT NULL
);
COMMENT ON TABLE decision_facts IS 'What a decision rested on, canonical JSON; its audit event has the digest.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decision_facts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE decision_facts ENABLE ALWAYS TRIGGER append_only;
"""

GRANTS = """
REVOKE ALL ON decision_facts FROM PUBLIC;
GRANT SELECT, INSERT ON decision_facts TO headwater_app;
"""


def upgrade() -> None:
    for statements in (FACTS, GRANTS):
        op.execute(statements)
