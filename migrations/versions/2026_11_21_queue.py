"""Working through alerts: what became of them, verdicts, notes, suppressions, watchlists."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_queue"
down_revision = "2026_11_21_facts"
branch_labels = None
depends_on = None

ALERTS = """
ALTER TABLE alerts
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN verdict text CHECK (verdict IN ('confirmed', 'false_positive', 'inconclusive')),
    ADD COLUMN suppressed_by text COLLATE "C",
    ADD COLUMN category text,
    ADD COLUMN value bigint;
UPDATE alerts a SET category = a.body ->> 'risk_category',
    value = (SELECT substring(l.body FROM '^.*"landed_value":([0-9]+)')::bigint
        FROM landed l WHERE l.transaction = a.transaction);
ALTER TABLE alerts ADD CONSTRAINT alerts_verdict_needs_an_end
    CHECK (verdict IS NULL OR status IN ('resolved', 'dismissed'));
COMMENT ON COLUMN alerts.version IS 'Counts what was made of it: the row is how it stands, alert_changes how it came.';
COMMENT ON COLUMN alerts.value IS 'Micro-units its payment moved; null for one about a wallet.';

CREATE INDEX alerts_newest ON alerts (created_at, id);
CREATE INDEX alerts_severity_queue ON alerts (severity, priority, created_at, id);
CREATE INDEX alerts_class_queue ON alerts (class, priority, created_at, id);
CREATE INDEX alerts_category_queue ON alerts (category, priority, created_at, id);
CREATE INDEX alerts_assignee_queue ON alerts (assignee, priority, created_at, id);
CREATE INDEX alerts_proposed_queue ON alerts (priority, created_at, id) WHERE proposal IS NOT NULL;
CREATE INDEX alerts_suppressed_queue ON alerts (priority, created_at, id) WHERE suppressed_by IS NOT NULL;
CREATE INDEX alerts_group_queue ON alerts (group_id, priority, created_at, id)
    INCLUDE (severity, status, value, class, category, assignee, suppressed_by);
"""

CHANGES = """
CREATE TABLE alert_changes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert text COLLATE "C" NOT NULL REFERENCES alerts,
    version integer NOT NULL,
    status_before text NOT NULL,
    status_after text NOT NULL,
    assignee_before text,
    assignee_after text,
    verdict_before text,
    verdict_after text,
    reason text,
    suppression text COLLATE "C",
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (alert, version)
);
COMMENT ON TABLE alert_changes IS 'What people, and suppressions, made of alerts; append-only.';

CREATE TABLE verdicts (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert text COLLATE "C" NOT NULL REFERENCES alerts,
    version integer NOT NULL,
    verdict text CHECK (verdict IN ('confirmed', 'false_positive', 'inconclusive')),
    reason text,
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX verdicts_alert ON verdicts (alert, number);
COMMENT ON TABLE verdicts IS 'How alerts were resolved; append-only. The latest of an alert is in force; null takes'
    ' back the one before.';
"""

NOTES = """
CREATE TABLE notes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    subject text COLLATE "C" NOT NULL,
    author text NOT NULL,
    digest text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX notes_subject ON notes (subject, number);
COMMENT ON TABLE notes IS 'Who noted something about an alert or a case, and when; append-only.';

CREATE TABLE note_texts (
    note text COLLATE "C" PRIMARY KEY,
    salt text NOT NULL,
    body text NOT NULL
);
COMMENT ON TABLE note_texts IS 'What a note says; may be erased, its digest stays.';
"""

SUPPRESSIONS = """
CREATE TABLE suppressions (
    id text COLLATE "C" PRIMARY KEY,
    alert text COLLATE "C" NOT NULL REFERENCES alerts,
    key text NOT NULL,
    signature text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('low', 'high', 'critical')),
    parts json NOT NULL,
    reason text NOT NULL,
    until timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_by text,
    ended_at timestamptz
);
CREATE INDEX suppressions_key ON suppressions (key) WHERE ended_at IS NULL;
COMMENT ON TABLE suppressions IS 'Alerts not to be shown again while parts, the ways and versions they rest on, stay.'
    ' key finds them by parties and reasons, signature is of all parts.';
"""

WATCHLISTS = """
CREATE TABLE watchlists (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    description text,
    threshold double precision CHECK (threshold BETWEEN 0 AND 1),
    version integer NOT NULL DEFAULT 1,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
);
CREATE UNIQUE INDEX watchlists_name ON watchlists (lower(name)) WHERE ended_at IS NULL;
COMMENT ON COLUMN watchlists.threshold IS 'A change of exposure is worth an alert beyond it; null is the least told.';

CREATE TABLE watched_wallets (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    watchlist text COLLATE "C" NOT NULL REFERENCES watchlists,
    wallet text COLLATE "C" NOT NULL,
    note text,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_by text,
    removed_at timestamptz
);
CREATE UNIQUE INDEX watched_wallets_now ON watched_wallets (wallet, watchlist) WHERE removed_at IS NULL;
CREATE INDEX watched_wallets_list ON watched_wallets (watchlist, number) WHERE removed_at IS NULL;
COMMENT ON TABLE watched_wallets IS 'Which wallets a watchlist watches, and has watched.';
"""

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
"""

GRANTS = """
REVOKE ALL ON alert_changes, verdicts, notes, note_texts, suppressions, watchlists, watched_wallets FROM PUBLIC;
GRANT SELECT, INSERT ON alert_changes, verdicts, notes, note_texts, suppressions, watchlists, watched_wallets
    TO headwater_app;
GRANT DELETE ON note_texts TO headwater_app;
GRANT UPDATE (version, verdict, suppressed_by) ON alerts TO headwater_app;
GRANT UPDATE (ended_by, ended_at) ON suppressions TO headwater_app;
GRANT UPDATE (name, description, threshold, version, ended_at) ON watchlists TO headwater_app;
GRANT UPDATE (removed_by, removed_at) ON watched_wallets TO headwater_app;
"""


def upgrade() -> None:
    for statements in (ALERTS, CHANGES, NOTES, SUPPRESSIONS, WATCHLISTS):
        op.execute(statements)
    for table in ("alert_changes", "verdicts", "notes"):
        op.execute(GUARD.format(table=table))
    op.execute(GRANTS)
