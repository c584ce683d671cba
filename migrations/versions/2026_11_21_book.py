"""What decisions are made by: versions of rules, policies, and which of them are in force."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_book"
down_revision = "2026_11_21_untold"
branch_labels = None
depends_on = None

BOOK = """
CREATE TABLE rule_versions (
    rule text COLLATE "C" NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    body text NOT NULL,
    author text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (rule, version)
);
COMMENT ON TABLE rule_versions IS 'Every version of every rule, append-only; body is the rule as canonical JSON.';

CREATE TABLE policies (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    body text NOT NULL,
    author text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (name, version)
);
COMMENT ON TABLE policies IS 'Every version of every policy, append-only; id is name-version, body canonical JSON.';

CREATE TABLE book_changes (
    revision bigint PRIMARY KEY CHECK (revision >= 1),
    kind text NOT NULL CHECK (kind IN ('rule', 'policy')),
    subject text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'retired')),
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX book_changes_subject ON book_changes (kind, subject, revision);
COMMENT ON TABLE book_changes IS 'What came into force and went out of it, append-only; revision has no gaps. The'
    ' last row of a rule tells its state, the last row of all policies which one is in force.';
"""

GRANTS = """
REVOKE ALL ON rule_versions, policies, book_changes FROM PUBLIC;
GRANT SELECT, INSERT ON rule_versions, policies, book_changes TO headwater_app;
"""

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
"""


def upgrade() -> None:
    op.execute(BOOK)
    for table in ("rule_versions", "policies", "book_changes"):
        op.execute(GUARD.format(table=table))
    op.execute(GRANTS)
