"""A ledger of a million decisions, made from one real decision and alert by Postgres itself.

What is listed and counted varies as in a month of work; bodies are copies of the real ones under other keys. The
hashes of the events chain nothing: lists do not read them, and this ledger is thrown away.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from time import perf_counter

from bench.desk import fill_desk
from bench.ground import BenchError
from graph.attributions import record_attributions
from graph.model import MICRO, Attribution, Party, Transaction
from jobs.screening import screen_transactions
from jobs.services import Services
from ledger.session import Ledger

NETWORK, DAYS = "acct", 30

# As drawn as a hash can: 92 % none, 3 % low, 4 % high, 1 % critical; alerts from high on. The last decision is of now.
DRAWN = """
CREATE TEMPORARY TABLE drawn AS SELECT n, 'acct:m' || n AS key, 'dec_m' || n AS decision,
    clock_timestamp() - make_interval(secs => (%(count)s - n) * {days} * 86400.0 / %(count)s) AS at,
    CASE WHEN mod(h, 100) < 92 THEN 'none' WHEN mod(h, 100) < 95 THEN 'low' WHEN mod(h, 100) < 99 THEN 'high'
        ELSE 'critical' END AS severity,
    CASE WHEN mod(h, 100) >= 92 OR mod(h, 1000) < 20
        THEN (ARRAY['scam', 'mixer', 'theft', 'darknet_market', 'sanctions'])[1 + mod(h / 1000, 5)] END AS category,
    CASE WHEN n < %(count)s / 10 THEN 'default-1' ELSE 'default-2' END AS policy,
    CASE WHEN mod(h, 100) >= 95 THEN 'alr_m' || n END AS alert,
    (mod(h, 100)) / 100.0 AS score, 1 + mod(h, 997) AS spread, 1 + mod(h, 10007) AS wallet
    FROM generate_series(1, %(count)s) AS n, LATERAL (SELECT abs(hashint8(n)::bigint) AS h) AS hashed
""".replace("{days}", str(DAYS))
LANDED = """
INSERT INTO landed (transaction, body, content, seq, waived)
SELECT key, replace(t.body, t.transaction, key), t.content, t.seq + n, false
FROM drawn, (SELECT * FROM landed LIMIT 1) AS t
"""
DECISIONS = """
INSERT INTO decisions (id, transaction, risk_score, severity, risk_category, policy, input_hash, watermark, decided_at,
    alert, body)
SELECT decision, key, score, drawn.severity, category, drawn.policy, t.input_hash, t.watermark, at, drawn.alert,
    replace(replace(t.body::text, t.transaction, key), t.id, decision)::json
FROM drawn, (SELECT * FROM decisions LIMIT 1) AS t
"""
ALERTS = """
INSERT INTO alerts (id, decision, transaction, class, severity, priority, group_id, created_at, status, assignee, body,
    category, value, verdict)
SELECT drawn.alert, drawn.decision, key, CASE WHEN spread % 10 = 0 THEN 'retro' ELSE 'live' END, drawn.severity,
    0.7 + spread / 4000.0, 'grp_' || wallet % 2000, at, state,
    CASE WHEN spread % 2 = 0 THEN 'person ' || spread % 7 END,
    (t.body::jsonb || jsonb_build_object('id', drawn.alert, 'decision', drawn.decision, 'transaction', key,
        'created_at', at, 'priority', 0.7 + spread / 4000.0, 'severity', drawn.severity,
        'risk_category', drawn.category, 'group_id', 'grp_' || wallet % 2000,
        'wallets', ARRAY['acct:bench payer', 'acct:w' || wallet]))::json,
    drawn.category, spread * 1000000,
    CASE state WHEN 'resolved' THEN 'confirmed' WHEN 'dismissed' THEN 'false_positive' END
FROM drawn, (SELECT * FROM alerts LIMIT 1) AS t,
    LATERAL (SELECT (ARRAY['open', 'open', 'acknowledged', 'resolved', 'dismissed'])[1 + spread % 5] AS state) AS stated
WHERE drawn.alert IS NOT NULL
"""
VERDICTS = """
INSERT INTO verdicts (alert, version, verdict, actor)
SELECT id, version, verdict, 'person 1' FROM alerts WHERE verdict IS NOT NULL ORDER BY id
"""
EVENTS = """
INSERT INTO audit_events (seq, at, actor, action, subject, body, previous_hash, hash)
SELECT head.seq + n, at, 'bench', 'transaction.decided', key, json_build_object('alert', alert, 'decision', decision,
    'latency_ms', round((exp(1 + spread / 400.0))::numeric, 3), 'policy', policy, 'risk_score', score, 'severity',
    severity, 'value', spread::text)::text, 'none', 'none'
FROM drawn, (SELECT max(seq) AS seq FROM audit_events) AS head
"""
# The server vacuums a table by itself a minute or two after so many rows; then pages are found by index alone.
TABLES = ("decisions", "alerts", "audit_events")
VACUUMED_FROM, MOST_WAITED_S = 100_000, 300.0
UNVACUUMED = """
SELECT count(*) AS tables FROM pg_stat_user_tables WHERE relname = ANY(%s) AND last_autovacuum IS NULL
"""
FILL_S = 1_800.0


async def load_decisions(services: Services, count: int) -> None:
    """Fill the ledger with `count` decisions of the last 30 days, a twentieth with alerts, and what goes with them."""
    await _screen_one(services)
    owner = await Ledger.open(services.settings.ledger.postgres_admin_url, max_size=1)
    try:
        async with owner.transaction(timeout_s=FILL_S) as connection:
            await connection.execute(DRAWN, {"count": count})
            for statement in (LANDED, DECISIONS, ALERTS, VERDICTS, EVENTS):
                await connection.execute(statement)
            await fill_desk(connection, count)
        if count >= VACUUMED_FROM:
            await _settle(owner)
    finally:
        await owner.close()


async def _settle(owner: Ledger) -> None:
    deadline = perf_counter() + MOST_WAITED_S
    while perf_counter() < deadline:
        async with owner.read() as connection:
            row = await (await connection.execute(UNVACUUMED, (list(TABLES),))).fetchone()
        if row and not row["tables"]:
            return
        await asyncio.sleep(1)
    raise BenchError(f"Postgres has not vacuumed {', '.join(TABLES)} within {MOST_WAITED_S:.0f} s")


async def _screen_one(services: Services) -> None:
    """One payment from a sanctioned wallet, decided as any other."""
    given = Attribution(id="", wallet=f"{NETWORK}:bench payer", category="sanctions", source="bench", official=True)
    await record_attributions(services.graph, [given], services.taxonomy, author="bench")
    currency = services.settings.reference_currency
    payment = Transaction(
        network=NETWORK,
        id="first",
        at=datetime.now(UTC) - timedelta(days=DAYS),
        asset=currency,
        amount="250",
        value=250 * MICRO,
        inputs=(Party("bench payer", "250"),),
        outputs=(Party("bench payee", "250"),),
    )
    (screened,) = await screen_transactions(services, [payment], actor="bench", trace_id="bench")
    if screened.decision is None or screened.decision.alert is None:
        raise BenchError("a payment from a sanctioned wallet opened no alert")
