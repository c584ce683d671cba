"""Figures of the dashboard, kept as decisions are made, and the orders in which decisions are listed."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_figures"
down_revision = "2026_11_21_people"
branch_labels = None
depends_on = None

# Nothing here is evidence: all of it can be counted again from audit_events.
FIGURES = """
CREATE TABLE figures_counted (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    seq bigint NOT NULL
);
COMMENT ON TABLE figures_counted IS 'The figures hold the decisions of audit_events up to this seq, later ones not.';

CREATE TABLE decision_figures (
    bucket timestamptz NOT NULL,
    severity text NOT NULL,
    decisions bigint NOT NULL,
    score_sum numeric NOT NULL,
    score_max double precision NOT NULL,
    value numeric NOT NULL,
    PRIMARY KEY (bucket, severity)
);
COMMENT ON TABLE decision_figures IS 'Decisions put on record in the five minutes from bucket on; value in micro-units.'
    ' Sums are numeric, so that they are the same in whatever order they were added.';

CREATE TABLE latency_figures (
    bucket timestamptz NOT NULL,
    bin integer NOT NULL,
    decisions bigint NOT NULL,
    PRIMARY KEY (bucket, bin)
);
COMMENT ON TABLE latency_figures IS 'How long these took: a bin b holds those above 1.05^(b-1) ms, up to 1.05^b ms.';

REVOKE ALL ON figures_counted, decision_figures, latency_figures FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON figures_counted, decision_figures, latency_figures TO headwater_app;
"""

# The orders of GET /decisions. Each holds all that can be asked for: filters that hardly ever meet are looked for in
# the index alone, not in rows all over the table. That takes more vacuums than the default gives a large table.
DECISIONS = """
CREATE INDEX decisions_newest ON decisions (decided_at, id)
    INCLUDE (severity, risk_category, policy, alert);
CREATE INDEX decisions_severity_newest ON decisions (severity, decided_at, id)
    INCLUDE (risk_category, policy, alert);
CREATE INDEX decisions_category_newest ON decisions (risk_category, decided_at, id)
    INCLUDE (severity, policy, alert) WHERE risk_category IS NOT NULL;
CREATE INDEX decisions_policy_newest ON decisions (policy, decided_at, id)
    INCLUDE (severity, risk_category, alert);
CREATE INDEX decisions_alerted_newest ON decisions (decided_at, id)
    INCLUDE (severity, risk_category, policy, alert) WHERE alert IS NOT NULL;
DROP INDEX decisions_decided_at;
ALTER TABLE decisions SET (autovacuum_vacuum_insert_scale_factor = 0.02);
"""

# Counted without a look at the rows themselves.
QUEUES = """
CREATE INDEX alerts_figures ON alerts (status, severity, created_at) INCLUDE (assignee);
CREATE INDEX jobs_ended_badly ON jobs (state, id) WHERE state IN ('failed', 'dead');
"""


def upgrade() -> None:
    for statements in (FIGURES, DECISIONS, QUEUES):
        op.execute(statements)
