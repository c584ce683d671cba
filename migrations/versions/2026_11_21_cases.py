"""Cases: alerts and wallets that are worked on together, closed by two people."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_cases"
down_revision = "2026_11_21_queue"
branch_labels = None
depends_on = None

CASES = """
CREATE TABLE cases (
    id text COLLATE "C" PRIMARY KEY,
    title text NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closing', 'closed')),
    outcome text CHECK (outcome IN ('reported', 'handed_over', 'no_action')),
    assignee text,
    version bigint NOT NULL DEFAULT 1,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz,
    CHECK ((status = 'closed') = (closed_at IS NOT NULL AND outcome IS NOT NULL))
);
CREATE INDEX cases_status ON cases (status, id);
CREATE INDEX cases_assignee ON cases (assignee, id);
COMMENT ON TABLE cases IS 'Cases as they stand; what became of them is in audit_events under their id.';

CREATE TABLE case_alerts (
    alert text COLLATE "C" PRIMARY KEY REFERENCES alerts,
    "case" text COLLATE "C" NOT NULL REFERENCES cases,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX case_alerts_case ON case_alerts ("case", alert);
COMMENT ON TABLE case_alerts IS 'Which case an alert belongs to: one at most.';

CREATE TABLE case_wallets (
    "case" text COLLATE "C" NOT NULL REFERENCES cases,
    wallet text COLLATE "C" NOT NULL,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY ("case", wallet)
);
CREATE INDEX case_wallets_wallet ON case_wallets (wallet, "case");
"""

CLOSINGS = """
CREATE TABLE case_closings (
    id text COLLATE "C" PRIMARY KEY,
    "case" text COLLATE "C" NOT NULL REFERENCES cases,
    outcome text NOT NULL CHECK (outcome IN ('reported', 'handed_over', 'no_action')),
    reason text NOT NULL,
    resolve_alerts boolean NOT NULL,
    proposed_by text NOT NULL,
    proposing_person text NOT NULL,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (id, proposing_person)
);
CREATE INDEX case_closings_case ON case_closings ("case", id);
COMMENT ON TABLE case_closings IS 'Proposals to close a case; append-only.';

-- One verdict on each proposal, and never by the person who proposed, whichever key they show: it is refused here too,
-- whatever the application does.
CREATE TABLE case_closing_verdicts (
    closing text COLLATE "C" PRIMARY KEY,
    proposing_person text NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('approved', 'rejected', 'withdrawn')),
    reason text,
    decided_by text NOT NULL,
    deciding_person text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (closing, proposing_person) REFERENCES case_closings (id, proposing_person),
    CONSTRAINT four_eyes CHECK ((verdict = 'withdrawn') = (deciding_person = proposing_person))
);
COMMENT ON TABLE case_closing_verdicts IS 'What became of each proposal; append-only.';
"""

# ENABLE ALWAYS: also where a session calls itself a replica to get round triggers.
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
"""

GRANTS = """
REVOKE ALL ON cases, case_alerts, case_wallets, case_closings, case_closing_verdicts FROM PUBLIC;
GRANT SELECT, INSERT ON cases, case_alerts, case_wallets, case_closings, case_closing_verdicts TO headwater_app;
GRANT UPDATE (title, status, outcome, assignee, version, changed_at, closed_at) ON cases TO headwater_app;
GRANT DELETE ON case_alerts, case_wallets TO headwater_app;
"""

STATEMENTS = (
    CASES,
    CLOSINGS,
    *(GUARD.format(table=table) for table in ("case_closings", "case_closing_verdicts")),
    GRANTS,
)


def upgrade() -> None:
    for statements in STATEMENTS:
        op.execute(statements)
