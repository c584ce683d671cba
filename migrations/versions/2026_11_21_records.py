"""What was decided, on which data: the audit log, landed transactions, decisions and alerts.

There is no downgrade: a ledger is not unwritten by a command; go back by restoring a backup.
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_records"
down_revision = None
branch_labels = None
depends_on = None

DATABASE_RIGHTS = """
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO headwater_app', current_database());
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO headwater_app;
GRANT SELECT ON alembic_version TO headwater_app;
"""

AUDIT_EVENTS = """
CREATE TABLE audit_events (
    seq bigint PRIMARY KEY CHECK (seq >= 1),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL
);
CREATE INDEX audit_events_action ON audit_events (action, seq);
CREATE INDEX audit_events_subject ON audit_events (subject, seq);
COMMENT ON TABLE audit_events IS 'Append-only, chained by hash, seq without gaps; see ledger/audit.py.';

-- Locks the head until the end of the transaction, then reads it. Under READ COMMITTED each statement of a
-- volatile function has its own snapshot, so the head is read as it is after the lock was had.
CREATE FUNCTION lock_audit_head(OUT seq bigint, OUT hash text, OUT at timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE head public.audit_events%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(4873225002);
    SELECT * INTO head FROM public.audit_events e ORDER BY e.seq DESC LIMIT 1;
    seq := coalesce(head.seq, 0);
    hash := coalesce(head.hash, repeat('0', 64));
    at := greatest(head.at, clock_timestamp());
END $$;
REVOKE ALL ON FUNCTION lock_audit_head() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_audit_head() TO headwater_app;
"""

LANDED = """
CREATE TABLE landed (
    transaction text COLLATE "C" PRIMARY KEY,
    body text NOT NULL,
    content text NOT NULL,
    seq bigint NOT NULL,
    waived boolean NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE landed IS 'Canonical body of every transaction, without personal text; append-only.';

CREATE TABLE personal_texts (
    transaction text COLLATE "C" PRIMARY KEY,
    salt text NOT NULL,
    body text NOT NULL
);
COMMENT ON TABLE personal_texts IS 'Personal text of transactions; the only record here that may be erased.';
"""

DECISIONS = """
CREATE TABLE decisions (
    id text COLLATE "C" PRIMARY KEY,
    transaction text COLLATE "C" NOT NULL UNIQUE REFERENCES landed,
    risk_score double precision NOT NULL,
    severity text NOT NULL CHECK (severity IN ('none', 'low', 'high', 'critical')),
    risk_category text,
    policy text NOT NULL,
    input_hash text NOT NULL,
    watermark bigint NOT NULL,
    decided_at timestamptz NOT NULL,
    alert text COLLATE "C",
    body json NOT NULL
);
CREATE INDEX decisions_decided_at ON decisions (decided_at);
COMMENT ON TABLE decisions IS 'One decision per transaction, append-only; body is the whole Decision.';

CREATE TABLE alerts (
    id text COLLATE "C" PRIMARY KEY,
    decision text COLLATE "C" NOT NULL REFERENCES decisions,
    transaction text COLLATE "C" NOT NULL,
    class text NOT NULL CHECK (class IN ('live', 'retro')),
    severity text NOT NULL CHECK (severity IN ('none', 'low', 'high', 'critical')),
    priority double precision NOT NULL,
    group_id text NOT NULL,
    created_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'acknowledged', 'resolved', 'dismissed')),
    assignee text,
    body json NOT NULL
);
CREATE INDEX alerts_decision ON alerts (decision);
CREATE INDEX alerts_queue ON alerts (priority, created_at, id);
CREATE INDEX alerts_status_queue ON alerts (status, priority, created_at, id);
COMMENT ON TABLE alerts IS 'Decisions that need a person; body is the alert as opened.';
"""

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON FUNCTION refuse_change() FROM PUBLIC;
"""

# ENABLE ALWAYS: also where a session calls itself a replica to get round triggers.
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
"""

GRANTS = """
REVOKE ALL ON audit_events, landed, personal_texts, decisions, alerts FROM PUBLIC;
GRANT SELECT, INSERT ON audit_events, landed, decisions, alerts, personal_texts TO headwater_app;
GRANT DELETE ON personal_texts TO headwater_app;
GRANT UPDATE (status, assignee) ON alerts TO headwater_app;
"""


def upgrade() -> None:
    for statements in (DATABASE_RIGHTS, AUDIT_EVENTS, LANDED, DECISIONS, APPEND_ONLY):
        op.execute(statements)
    for table in ("audit_events", "landed", "decisions"):
        op.execute(GUARD.format(table=table))
    op.execute(GRANTS)
