"""Jobs that can be cancelled and tell how long they take, runs whose rows are removed, how far models have drifted."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_runs_kept"
down_revision = "2026_11_22_scored_by"
branch_labels = None
depends_on = None

CANCELLING = """
ALTER TABLE jobs
    ADD COLUMN cancel_requested_at timestamptz,
    ADD COLUMN cancelled_by text,
    ADD COLUMN settled boolean NOT NULL DEFAULT false,
    ADD COLUMN moved_at timestamptz,
    DROP CONSTRAINT jobs_state_check,
    ADD CONSTRAINT jobs_state_check
        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'));
COMMENT ON COLUMN jobs.cancel_requested_at IS 'From then on no attempt owns the job: whoever works on it stops.';
COMMENT ON COLUMN jobs.settled IS 'Its attempt has begun to show what it made; it can no longer be cancelled.';
COMMENT ON COLUMN jobs.moved_at IS 'When done changed last; what is left is estimated from it.';
"""

REMOVAL = """
ALTER TABLE scoring_runs ADD COLUMN rows_removed_at timestamptz;
COMMENT ON COLUMN scoring_runs.rows_removed_at IS 'Since when its rows are not kept any more, or are being removed.';
GRANT UPDATE (rows_removed_at) ON scoring_runs TO headwater_app;
"""

DRIFT = """
CREATE TABLE model_drift (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model text COLLATE "C" NOT NULL,
    job text COLLATE "C" NOT NULL,
    run text COLLATE "C",
    watermark bigint NOT NULL,
    wallets bigint NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    highest double precision NOT NULL,
    score double precision NOT NULL,
    features json NOT NULL,
    level text NOT NULL CHECK (level IN ('none', 'notice', 'alarm')),
    told boolean NOT NULL,
    UNIQUE (model, job)
);
CREATE INDEX model_drift_history ON model_drift (model, number DESC);
COMMENT ON TABLE model_drift IS 'How far the graph has moved from what a model learned, append-only by its grants.'
    ' told: an alarm has been told of and the drift has not been below notice since.';
REVOKE ALL ON model_drift FROM PUBLIC;
GRANT SELECT, INSERT ON model_drift TO headwater_app;
"""


def upgrade() -> None:
    for statements in (CANCELLING, REMOVAL, DRIFT):
        op.execute(statements)
