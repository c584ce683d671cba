"""What people and jobs leave in a ledger beside decisions and alerts; made by Postgres itself, as in million.py."""

from __future__ import annotations

from datetime import UTC, datetime

from graph.model import WalletScore
from ledger.canonical import canonical_json
from ledger.session import Connection

SIDE = {
    "total_value": 1_000_000,
    "coverage": 1.0,
    "passed_through": 0.0,
    "categories": {"scam": (0.5, 0.25, 1)},
    "residuals": {"untraced": 0.5},
}
PARTS = {
    "wallets": ("acct:w17",),
    "reason_codes": ("EXPOSURE_SCAM_DIRECT",),
    "attributions": {"source": (), "destination": ()},
    "routes": {"source": (), "destination": ()},
    "rule_versions": {},
}
# A wallet's score as it is kept in the history of one; every change has a copy.
SCORE = WalletScore(
    wallet="acct:w17",
    run="run_m1",
    score=0.5,
    hop_score=0.5,
    hop_counts=(1, 2, 3),
    in_degree=1,
    out_degree=1,
    illicit_source_share=0.5,
    illicit_destination_share=0.5,
    category=None,
    source=SIDE,
    destination=SIDE,
    signals=(),
    watermark=1,
    scored_at=datetime(2026, 1, 1, tzinfo=UTC),
)
PEOPLE = """
INSERT INTO users (id, name, role, password, must_change, created_by)
SELECT 'usr_m' || lpad(n::text, 8, '0'), 'person m' || n, 'investigator', 'none', false, 'bench'
FROM generate_series(1, %(count)s / 1000) AS n
"""
KEYS = """
INSERT INTO api_keys (id, name, role, hash, last4)
SELECT 'key_m' || lpad(n::text, 8, '0'), 'bench', 'integrator', 'none ' || n, 'none'
FROM generate_series(1, %(count)s / 1000) AS n
"""
JOBS = """
INSERT INTO jobs (id, name, state, arguments)
SELECT 'job_m' || lpad(n::text, 8, '0'), CASE WHEN mod(n, 50) = 0 THEN 'score_graph' ELSE 'rescreen' END,
    CASE WHEN mod(n, 500) = 1 THEN 'failed' ELSE 'succeeded' END, '{}'
FROM generate_series(1, %(count)s / 20) AS n
"""
RUNS = """
INSERT INTO scoring_runs (id, job, hops, policy, watermark, wallets, finished_at)
SELECT replace(id, 'job', 'run'), id, 3, 'default-1', 1, 1, created_at FROM jobs WHERE name = 'score_graph' ORDER BY id
"""
SCORES = """
INSERT INTO wallet_scores SELECT r.number, 'acct:w' || n, mod(n * 7919, 10007) / 10007.0, mod(n, 997) / 997.0,
    '{1,2,3}', 1, 1, 0, 0, CASE WHEN mod(n, 200) = 0 THEN 'scam' END, %(side)s, %(side)s, '[]'
FROM (SELECT max(number) AS number FROM scoring_runs) AS r, generate_series(1, %(count)s / 5) AS n
"""
MOVED = """
INSERT INTO score_changes (wallet, run, job, before, after, causes, words, watermark)
SELECT 'acct:w' || mod(n, 100), r.number, 'job_m', %(score)s, %(score)s, '[]', 'none', 1
FROM (SELECT max(number) AS number FROM scoring_runs) AS r, generate_series(1, %(count)s / 20) AS n
"""
CHANGES = """
INSERT INTO alert_changes (alert, version, status_before, status_after, verdict_after, actor)
SELECT id, 2, 'open', status, verdict, 'person 1' FROM alerts WHERE verdict IS NOT NULL
"""
CASES = """
INSERT INTO cases (id, title, assignee, created_by)
SELECT 'cas_m' || lpad(n::text, 8, '0'), 'Case ' || n, 'person ' || mod(n, 7), 'bench'
FROM generate_series(1, %(count)s / 200) AS n
"""
IN_CASES = """
INSERT INTO case_alerts (alert, "case", added_by)
SELECT a.id, c.id, 'bench' FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM alerts) AS a
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM cases) AS c ON c.n = a.n / 5
"""
WALLETS_IN_CASES = """
INSERT INTO case_wallets ("case", wallet, added_by)
SELECT id, 'acct:w' || abs(mod(hashtext(id), 10007)), 'bench' FROM cases
"""
NOTES = """
INSERT INTO notes (id, subject, author, digest)
SELECT 'not_m' || n, CASE WHEN mod(n, 10) = 0 THEN 'cas_m00000001' ELSE 'cas_m' || lpad((n / 4)::text, 8, '0') END,
    'person 1', 'none' FROM generate_series(1, %(count)s / 50) AS n
"""
TEXTS = "INSERT INTO note_texts (note, salt, body) SELECT id, 'none', 'Looked into it.' FROM notes"
WATCHLISTS = """
INSERT INTO watchlists (id, name, created_by)
SELECT 'wat_m' || lpad(n::text, 8, '0'), 'Watchlist ' || n, 'bench' FROM generate_series(0, %(count)s / 5000) AS n
"""
WATCHED = """
INSERT INTO watched_wallets (watchlist, wallet, added_by)
SELECT w.id, 'acct:w' || n, 'bench' FROM watchlists AS w, generate_series(1, 250) AS n
"""
SUPPRESSIONS = """
INSERT INTO suppressions (id, alert, key, signature, severity, parts, reason, created_by, ended_by, ended_at)
SELECT 'sup_m' || lpad(n::text, 8, '0'), (SELECT min(id) FROM alerts), 'key ' || n, 'none', 'high', %(parts)s, 'known',
    'bench', CASE WHEN mod(n, 20) > 0 THEN 'bench' END, CASE WHEN mod(n, 20) > 0 THEN clock_timestamp() END
FROM generate_series(1, %(count)s / 100) AS n
"""
READS = """
INSERT INTO read_log (seq, at, id, read_at, actor, operation, subject, request_id, previous_hash, hash)
SELECT n, at, 'read ' || n, at, 'person ' || mod(n, 7),
    CASE WHEN mod(n, 20000) = 0 THEN 'get_case' ELSE 'get_wallet' END, 'acct:w' || mod(n, 10007), 'none', 'none', 'none'
FROM generate_series(1, %(count)s / 4) AS n, LATERAL (SELECT clock_timestamp()
    - make_interval(secs => (%(count)s / 4 - n) * 30 * 86400.0 / (%(count)s / 4)) AS at) AS made
"""
STATEMENTS = (
    *(PEOPLE, KEYS, JOBS, RUNS, SCORES, MOVED, CHANGES, CASES, IN_CASES, WALLETS_IN_CASES, NOTES, TEXTS, WATCHLISTS),
    *(WATCHED, SUPPRESSIONS, READS),
)


async def fill_desk(connection: Connection, count: int) -> None:
    """Add what goes with `count` decisions and their alerts, which must be there."""
    given = {"count": count, "score": canonical_json(SCORE), "side": canonical_json(SIDE)}
    given["parts"] = canonical_json(PARTS)
    for statement in STATEMENTS:
        await connection.execute(statement, given)
    await connection.execute("ANALYZE")
