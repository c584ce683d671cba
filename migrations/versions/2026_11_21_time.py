"""What changed after the fact: withdrawals, re-landings, attributions, re-screened scores, retro alerts."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_time"
down_revision = "2026_11_21_work"
branch_labels = None
depends_on = None

CHANGES = """
CREATE TABLE transaction_changes (
    seq bigint PRIMARY KEY,
    transaction text COLLATE "C" NOT NULL REFERENCES landed,
    kind text NOT NULL CHECK (kind IN ('withdrawn', 'relanded')),
    body text,
    content text,
    reason text,
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX transaction_changes_transaction ON transaction_changes (transaction, seq);
COMMENT ON TABLE transaction_changes IS 'What became of landed transactions; append-only. seq is that of the graph;'
    ' body and content are those of a re-landing.';

CREATE TABLE attribution_changes (
    seq bigint PRIMARY KEY,
    attribution text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('recorded', 'withdrawn')),
    body text NOT NULL,
    reason text,
    actor text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX attribution_changes_attribution ON attribution_changes (attribution, seq);
COMMENT ON TABLE attribution_changes IS 'Every attribution recorded or withdrawn; append-only. seq and at are those'
    ' of the graph, body is the attribution as canonical JSON.';
"""

ALERTS = """
ALTER TABLE alerts ALTER COLUMN decision DROP NOT NULL;
ALTER TABLE alerts ALTER COLUMN transaction DROP NOT NULL;
ALTER TABLE alerts
    ADD CONSTRAINT alerts_live_has_decision
        CHECK (class = 'retro' OR (decision IS NOT NULL AND transaction IS NOT NULL)),
    ADD COLUMN basis_withdrawn_at timestamptz,
    ADD COLUMN proposal text CHECK (proposal IN ('close')),
    ADD COLUMN proposal_reason text,
    ADD COLUMN proposed_at timestamptz;
CREATE INDEX alerts_transaction ON alerts (transaction);
CREATE INDEX alerts_wallets ON alerts USING gin (((body ->> 'wallets')::jsonb));
"""

RESCORES = """
-- What a later change made of a wallet's row of a run: the latest one; the run's own row stays as it was.
CREATE TABLE rescores (
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
    watermark bigint NOT NULL,
    scored_at timestamptz NOT NULL,
    PRIMARY KEY (run, wallet)
);
CREATE INDEX rescores_top ON rescores (run, score DESC, hop_score DESC, wallet);
COMMENT ON TABLE rescores IS 'Wallets recomputed since a scoring run, one row per wallet; run is scoring_runs.number.';

CREATE TABLE score_changes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    wallet text COLLATE "C" NOT NULL,
    run bigint NOT NULL,
    job text COLLATE "C" NOT NULL,
    before json,
    after json NOT NULL,
    causes json NOT NULL,
    words text NOT NULL,
    watermark bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX score_changes_wallet ON score_changes (wallet, number);
COMMENT ON TABLE score_changes IS 'Why a stored score changed, from what to what; append-only.';

ALTER TABLE scoring_runs
    ADD COLUMN valid_at timestamptz,
    ADD COLUMN known_at timestamptz,
    ADD COLUMN ended_watermark bigint,
    ADD COLUMN digest text;
COMMENT ON COLUMN scoring_runs.valid_at IS 'The instant at which attributions had to be valid.';
COMMENT ON COLUMN scoring_runs.known_at IS 'When its watermark was recorded: history at this time is what the run saw.';
COMMENT ON COLUMN scoring_runs.ended_watermark IS 'After reading; beyond watermark if changes landed meanwhile.';
COMMENT ON COLUMN scoring_runs.digest IS 'SHA-256 over its rows in order of wallet.';
"""

GRANTS = """
REVOKE ALL ON transaction_changes, attribution_changes, rescores, score_changes FROM PUBLIC;
GRANT SELECT, INSERT ON transaction_changes, attribution_changes, score_changes TO headwater_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rescores TO headwater_app;
GRANT UPDATE (basis_withdrawn_at, proposal, proposal_reason, proposed_at) ON alerts TO headwater_app;
GRANT UPDATE (valid_at, known_at, ended_watermark, digest) ON scoring_runs TO headwater_app;
"""

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
"""


def upgrade() -> None:
    for statements in (CHANGES, ALERTS, RESCORES):
        op.execute(statements)
    for table in ("transaction_changes", "attribution_changes", "score_changes"):
        op.execute(GUARD.format(table=table))
    op.execute(GRANTS)
