"""People with passwords and sessions, idempotency keys, the log of what was read."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_people"
down_revision = "2026_11_21_cases"
branch_labels = None
depends_on = None

USERS = """
CREATE TABLE users (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    role text NOT NULL CHECK (role IN ('integrator', 'investigator', 'supervisor', 'admin', 'auditor')),
    password text NOT NULL,
    must_change boolean NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at timestamptz
);
COMMENT ON TABLE users IS 'People who sign in. password is an Argon2id hash; a name is never given again.';

CREATE TABLE sessions (
    hash text PRIMARY KEY,
    person text COLLATE "C" NOT NULL REFERENCES users,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_ends_at ON sessions (ends_at);
COMMENT ON TABLE sessions IS 'SHA-256 of each session token in force; the token itself is only in the cookie.';

ALTER TABLE api_keys ADD COLUMN created_by text;
COMMENT ON COLUMN api_keys.created_by IS 'Who answers for the key; null if it was made on the command line.';
"""

IDEMPOTENCY = """
CREATE TABLE idempotency (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    token text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_until timestamptz NOT NULL,
    status integer,
    headers json,
    body bytea,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);
COMMENT ON TABLE idempotency IS 'Answers to requests with an Idempotency-Key, kept for a while; key is its SHA-256.';
"""

READ_LOG = """
CREATE TABLE read_log (
    seq bigint PRIMARY KEY CHECK (seq >= 1),
    at timestamptz NOT NULL,
    id text COLLATE "C" NOT NULL UNIQUE,
    read_at timestamptz NOT NULL,
    actor text NOT NULL,
    operation text NOT NULL,
    subject text NOT NULL,
    request_id text NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL
);
CREATE INDEX read_log_actor ON read_log (actor, seq);
CREATE INDEX read_log_subject ON read_log (subject, seq);
COMMENT ON TABLE read_log IS 'Who read which wallet; append-only, a chain of its own; see ledger/read_log.py.';

-- As lock_audit_head(): another chain, another lock.
CREATE FUNCTION lock_read_log_head(OUT seq bigint, OUT hash text, OUT at timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE head public.read_log%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(4873225003);
    SELECT * INTO head FROM public.read_log r ORDER BY r.seq DESC LIMIT 1;
    seq := coalesce(head.seq, 0);
    hash := coalesce(head.hash, repeat('0', 64));
    at := greatest(head.at, clock_timestamp());
END $$;
REVOKE ALL ON FUNCTION lock_read_log_head() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_read_log_head() TO headwater_app;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON read_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE read_log ENABLE ALWAYS TRIGGER append_only;
"""

GRANTS = """
REVOKE ALL ON users, sessions, idempotency, read_log FROM PUBLIC;
GRANT SELECT, INSERT ON users, sessions, idempotency, read_log TO headwater_app;
GRANT UPDATE (password, must_change, disabled_at) ON users TO headwater_app;
GRANT UPDATE (seen_at), DELETE ON sessions TO headwater_app;
GRANT UPDATE (token, claimed_until, status, headers, body), DELETE ON idempotency TO headwater_app;
"""


def upgrade() -> None:
    for statements in (USERS, IDEMPOTENCY, READ_LOG, GRANTS):
        op.execute(statements)
