"""What is being done and by whom: jobs, scoring runs with their scores, API keys."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_work"
down_revision = "2026_11_21_records"
branch_labels = None
depends_on = None

JOBS = """
CREATE TABLE jobs (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'dead')),
    arguments json NOT NULL,
    unique_key text,
    attempt integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    message text NOT NULL DEFAULT '',
    error text,
    result json,
    started_at timestamptz,
    heartbeat_at timestamptz,
    lease interval NOT NULL DEFAULT interval '15 seconds',
    finished_at timestamptz
);
CREATE UNIQUE INDEX jobs_unique_key ON jobs (unique_key) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_unfinished ON jobs (id) WHERE state IN ('queued', 'running');
COMMENT ON TABLE jobs IS 'The truth of background work; an attempt owns a job until heartbeat_at + lease.';
"""

RUNS = """
CREATE TABLE scoring_runs (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    job text COLLATE "C" NOT NULL UNIQUE REFERENCES jobs,
    hops integer NOT NULL,
    policy text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    watermark bigint,
    wallets bigint,
    finished_at timestamptz
);
CREATE INDEX scoring_runs_finished ON scoring_runs (finished_at, number) WHERE finished_at IS NOT NULL;

-- run is scoring_runs.number. A foreign key would be checked for each row of a COPY; ledger/scores.py locks
-- the run instead.
CREATE TABLE wallet_scores (
    run bigint NOT NULL,
    wallet text COLLATE "C" NOT NULL,
    score double precision NOT NULL,
    hop_score double precision NOT NULL,
    hop_counts integer[] NOT NULL,
    in_degree integer NOT NULL,
    out_degree integer NOT NULL,
    illicit_source_share double precision NOT NULL,
    illicit_destination_share double precision NOT NULL,
    category text,
    source json NOT NULL,
    destination json NOT NULL,
    signals json NOT NULL,
    PRIMARY KEY (run, wallet)
);
CREATE INDEX wallet_scores_top ON wallet_scores (run, score DESC, hop_score DESC, wallet);
COMMENT ON TABLE wallet_scores IS 'One row per wallet and scoring run; seen only once the run is finished.';
"""

KEYS = """
CREATE TABLE api_keys (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('integrator', 'investigator', 'supervisor', 'admin', 'auditor')),
    hash text NOT NULL UNIQUE,
    last4 text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz
);
COMMENT ON TABLE api_keys IS 'SHA-256 of each API key; the key itself is shown once and kept nowhere.';
"""

GRANTS = """
REVOKE ALL ON jobs, scoring_runs, wallet_scores, api_keys FROM PUBLIC;
GRANT SELECT, INSERT ON jobs, scoring_runs, wallet_scores, api_keys TO headwater_app;
GRANT UPDATE ON jobs TO headwater_app;
GRANT UPDATE (watermark, wallets, finished_at) ON scoring_runs TO headwater_app;
GRANT DELETE ON wallet_scores TO headwater_app;
GRANT UPDATE (revoked_at) ON api_keys TO headwater_app;
"""


def upgrade() -> None:
    for statements in (JOBS, RUNS, KEYS, GRANTS):
        op.execute(statements)
