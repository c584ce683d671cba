"""The queue of alerts counted as it changes, and orders that lists were still without."""

from __future__ import annotations

from alembic import op

revision = "2026_11_21_lists"
down_revision = "2026_11_21_figures"
branch_labels = None
depends_on = None

FIGURES = """
LOCK TABLE alerts IN SHARE ROW EXCLUSIVE MODE;
CREATE TABLE alert_figures (
    status text NOT NULL,
    severity text NOT NULL,
    assigned boolean NOT NULL,
    alerts bigint NOT NULL
);
COMMENT ON TABLE alert_figures IS 'How many alerts stand so: the sum of all rows. Each statement on alerts adds rows,'
    ' so that none waits for another; the worker folds them into one for each way to stand.';
INSERT INTO alert_figures
    SELECT status, severity, assignee IS NOT NULL, count(*) FROM alerts GROUP BY 1, 2, 3;

CREATE OR REPLACE FUNCTION count_alerts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO public.alert_figures
            SELECT status, severity, assignee IS NOT NULL, count(*) FROM added GROUP BY 1, 2, 3;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO public.alert_figures
            SELECT status, severity, assignee IS NOT NULL, -count(*) FROM removed GROUP BY 1, 2, 3;
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION count_alerts() FROM PUBLIC;

CREATE TRIGGER counted_in AFTER INSERT ON alerts
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_alerts();
CREATE TRIGGER counted_over AFTER UPDATE ON alerts
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_alerts();
CREATE TRIGGER counted_out AFTER DELETE ON alerts
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_alerts();

REVOKE ALL ON alert_figures FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON alert_figures TO headwater_app;
"""

# Lists by a filter that hardly any row meets would otherwise read all of them.
ORDERS = """
CREATE INDEX jobs_name ON jobs (name, id);
CREATE INDEX verdicts_verdict ON verdicts (verdict, number);
CREATE INDEX read_log_operation ON read_log (operation, seq);
CREATE INDEX read_log_read_at ON read_log (read_at);
CREATE INDEX wallet_scores_attributed ON wallet_scores (run, score DESC, hop_score DESC, wallet)
    WHERE category IS NOT NULL;
CREATE INDEX suppressions_not_ended ON suppressions (id) WHERE ended_at IS NULL;
"""


def upgrade() -> None:
    for statements in (FIGURES, ORDERS):
        op.execute(statements)
