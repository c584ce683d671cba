"""Which models a scoring run used, what they said of wallets, and explanations made of it."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_scored_by"
down_revision = "2026_11_22_models"
branch_labels = None
depends_on = None

SCORES = """
ALTER TABLE scoring_runs
    ADD COLUMN models json NOT NULL DEFAULT '[]',
    ADD COLUMN feature_digest text;
COMMENT ON COLUMN scoring_runs.models IS 'The models of the run: id, kind, state, seed, weight, why one was skipped.';

ALTER TABLE wallet_scores
    ADD COLUMN exposure_value double precision,
    ADD COLUMN model_value double precision,
    ADD COLUMN model_share double precision,
    ADD COLUMN disagreement double precision;
COMMENT ON COLUMN wallet_scores.exposure_value IS 'The score by exposure alone, without the wallet''s own category.';
COMMENT ON COLUMN wallet_scores.model_value IS 'How risky the champions hold it; null without one.';
COMMENT ON COLUMN wallet_scores.model_share IS 'The share of what exposure leaves to 1 that models add to the score.';
COMMENT ON COLUMN wallet_scores.disagreement IS 'Its rank by model_value less that by exposure_value, in shares.';
CREATE INDEX wallet_scores_disagreement ON wallet_scores (run, abs(disagreement) DESC, wallet)
    WHERE disagreement IS NOT NULL;
"""

EXPLANATIONS = """
-- run is scoring_runs.number.
CREATE TABLE explanations (
    run bigint NOT NULL,
    wallet text COLLATE "C" NOT NULL,
    job text COLLATE "C" NOT NULL,
    document json,
    made_at timestamptz,
    PRIMARY KEY (run, wallet)
);
COMMENT ON TABLE explanations IS 'What moved the models of a run for a wallet; asked for, and made by the job.';
REVOKE ALL ON explanations FROM PUBLIC;
GRANT SELECT, INSERT, DELETE, UPDATE (document, made_at) ON explanations TO headwater_app;
GRANT UPDATE (models, feature_digest) ON scoring_runs TO headwater_app;
"""


def upgrade() -> None:
    for statements in (SCORES, EXPLANATIONS):
        op.execute(statements)
