"""What does not agree between ledger and graph is found, repaired and then no more; what agrees is left alone."""

from __future__ import annotations

import asyncio
from typing import Any

import neo4j
import psycopg
import pytest
from msgspec.structs import replace

from graph.attribution_lists import attributions_about
from graph.attributions import record_attributions
from graph.attributions import withdraw_attributions as withdraw_from_graph_attributions
from graph.digest import graph_digest
from graph.ingest import land_transactions
from graph.model import Attribution, Transaction
from graph.withdrawal import withdraw_transaction as withdraw_from_graph
from jobs.attributing import commit_attributions, withdraw_attributions
from jobs.reconciling import ALL, REPAIRED, new_sweep, reconcile, record_repairs, request_reconciling
from jobs.reconciling_sweep import Sweep
from jobs.runner import run_job
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.verifying import verify_ledger
from jobs.withdrawing import withdraw_transaction
from jobs.worker import HANDLERS
from ledger import audit
from ledger.decisions import find_decisions
from ledger.jobs import get_job
from settings import ReconcilingSettings
from tests.builders import key, pay, transfer
from tests.jobs.test_verifying import edit, findings
from tests.servers import Servers

PAYMENTS = [
    pay("thief", "a", 10, id="p0"),
    pay("a", "b", 7, id="p1", day=1),
    pay("a", "b", 2.5, id="p2", day=2),
    pay("b", "a", 1, id="p3", day=3),
    transfer({"b": 4, "c": 2}, {"d": 5, "b": 1}, id="p4", day=4),
    transfer({}, {"c": 50}, id="p5"),
    pay("c", "c", 3, id="p6", day=5),
]
POOL = transfer({f"i{i}": 1 + i % 3 for i in range(150)}, {f"o{i}": 1 for i in range(140)}, id="p7", day=6)


async def post(services: Services, *given: Transaction) -> None:
    await screen_transactions(services, given, actor="test", trace_id="trace")


@pytest.fixture
async def told(services: Services) -> Services:
    """Payments of every form, one withdrawn, one landed again at another time; attributions, one withdrawn."""
    given = [
        Attribution(id="", wallet=key(name), category=category, source="drawn", actor=f"actor of {name}")
        for name, category in (("thief", "theft"), ("d", "exchange"), ("a", "scam"), ("nobody", "dex"))
    ]
    done = await commit_attributions(services, given, actor="test", source_name="drawn")
    await withdraw_attributions(services, done.ids[2:3], reason="wrong", actor="test")
    await post(services, *PAYMENTS)
    for name in ("p2", "p3"):
        await withdraw_transaction(services, key(name), reason="reorganised", actor="test")
    await post(services, pay("b", "a", 1, id="p3", day=4))
    return services


async def sweep_all(services: Services, *, repairing: bool = True, grace_s: float = 0) -> Sweep:
    sweep = await new_sweep(services, everything=True, repairing=repairing)
    sweep.grace_s = grace_s
    await reconcile(sweep)
    await record_repairs(sweep)
    return sweep


async def digest(services: Services) -> str:
    return (await graph_digest(services.graph)).sha256


async def holds(services: Services) -> bool:
    return (await verify_ledger(services, lambda text: None)).findings == []


async def test_what_agrees_is_left_alone(told: Services) -> None:
    await post(told, POOL)
    before = await digest(told)

    sweep = await sweep_all(told)

    assert sweep.findings == []
    assert (sweep.looked["landed transactions"], sweep.looked["wallets"]) == (8, 6 + 290)
    assert await digest(told) == before
    async with told.ledger.read() as connection:
        assert await audit.list_events(connection, action=REPAIRED) == []


DAMAGE = {
    "a transaction is gone": ("MATCH (t:Transaction {key: 'acct:p1'}) DETACH DELETE t", {"missing_transaction"}),
    "a pool is gone": ("MATCH (t:Transaction {key: 'acct:p7'}) DETACH DELETE t", {"missing_transaction"}),
    "a withdrawn one is gone": ("MATCH (t:Transaction {key: 'acct:p2'}) DETACH DELETE t", {"missing_transaction"}),
    "one that landed again is gone": (
        "MATCH (t:Transaction {key: 'acct:p3'}) DETACH DELETE t",
        {"missing_transaction"},
    ),
    "a wallet is gone": ("MATCH (w:Wallet {key: 'acct:b'}) DETACH DELETE w", {"changed_transaction"}),
    "a value": ("MATCH (t:Transaction {key: 'acct:p1'}) SET t.value = t.value + 1", {"changed_transaction"}),
    "a content": ("MATCH (t:Transaction {key: 'acct:p1'}) SET t.content = 'x'", {"changed_transaction"}),
    "a time": (
        "MATCH (t:Transaction {key: 'acct:p0'}) SET t.at = t.at + duration({seconds: 1})",
        {"changed_transaction"},
    ),
    "an amount sent": (
        "MATCH ()-[r:SENT {position: 1}]->(:Transaction {key: 'acct:p4'}) SET r.amount = '3'",
        {"changed_transaction"},
    ),
    "a value taken": (
        "MATCH (:Transaction {key: 'acct:p4'})-[r:TO]->() SET r.value = r.value + 1",
        {"changed_transaction"},
    ),
    "a party is another": (
        "MATCH (w:Wallet {key: 'acct:c'}), (t:Transaction {key: 'acct:p0'})-[r:TO]->() CREATE (t)-[n:TO]->(w)"
        " SET n = properties(r) DELETE r",
        {"changed_transaction"},
    ),
    "a withdrawal is undone": (
        "MATCH (t:Transaction {key: 'acct:p2'}) REMOVE t.withdrawn_at, t.withdrawn_seq",
        {"changed_transaction"},
    ),
    "a withdrawal was never made": (
        "MATCH (t:Transaction {key: 'acct:p0'}) SET t.withdrawn_at = datetime(), t.withdrawn_seq = 9999",
        {"changed_transaction"},
    ),
    "an earlier span": (
        "MATCH (t:Transaction {key: 'acct:p3'}) SET t.earlier_recorded_at = [datetime()]",
        {"changed_transaction"},
    ),
    "a pool's part": (
        "MATCH (t:Pool)-[r:POOLED_OUT]->(:Wallet {key: 'acct:o3'}) SET r.net = r.net + 1",
        {"changed_transaction"},
    ),
    "the number is gone": ("MATCH (t:Transaction {key: 'acct:p1'}) REMOVE t.seq", {"missing_transaction"}),
    "a flow's value": (
        "MATCH (:Wallet {key: 'acct:a'})-[f:FLOW]->(:Wallet {key: 'acct:b'}) SET f.value = f.value + 1",
        {"flow"},
    ),
    "a flow's time": (
        "MATCH (:Wallet {key: 'acct:a'})-[f:FLOW]->(:Wallet {key: 'acct:b'}) SET f.last_at = datetime()",
        {"flow"},
    ),
    "a flow is gone": ("MATCH (:Wallet {key: 'acct:a'})-[f:FLOW]->() DELETE f", {"flow"}),
    "a flow too many": (
        "MATCH (a:Wallet {key: 'acct:d'}), (b:Wallet {key: 'acct:a'})"
        " CREATE (a)-[:FLOW {value: 1, count: 1, first_at: datetime(), last_at: datetime()}]->(b)",
        {"flow"},
    ),
    "a flow is there twice": (
        "MATCH (u:Wallet {key: 'acct:a'})-[f:FLOW]->(v) CREATE (u)-[g:FLOW]->(v) SET g = properties(f)",
        {"flow"},
    ),
    "a wallet's sum": ("MATCH (w:Wallet {key: 'acct:b'}) SET w.in_value = w.in_value - 1", {"wallet"}),
    "a pool member's count": ("MATCH (w:Wallet {key: 'acct:i1'}) SET w.out_count = 1", {"wallet"}),
    "a wallet's time": ("MATCH (w:Wallet {key: 'acct:c'}) SET w.first_at = null", {"wallet"}),
    "a wallet's address": ("MATCH (w:Wallet {key: 'acct:c'}) SET w.address = 'd'", {"wallet"}),
    "a category": ("MATCH (w:Wallet {key: 'acct:thief'}) SET w.category = 'scam'", {"category"}),
    "a label": ("MATCH (w:Wallet {key: 'acct:thief'}) REMOVE w:Illicit", {"category"}),
    "a label of nothing": ("MATCH (w:Wallet {key: 'acct:c'}) SET w:Service", {"category"}),
    "an attribution is gone": (
        "MATCH (a:Attribution)-[:ABOUT]->(:Wallet {key: 'acct:thief'}) DETACH DELETE a",
        {"attribution"},
    ),
    "an attribution": (
        "MATCH (a:Attribution)-[:ABOUT]->(:Wallet {key: 'acct:thief'}) SET a.confidence = 0.1",
        {"attribution"},
    ),
    "an attribution's withdrawal is undone": (
        "MATCH (a:Attribution)-[:ABOUT]->(:Wallet {key: 'acct:a'}) REMOVE a.withdrawn_at, a.withdrawn_seq",
        {"attribution"},
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
async def test_damage_of_the_graph_is_found_and_repaired_from_the_ledger(
    told: Services, cypher: neo4j.Session, name: str
) -> None:
    # Told first without being repaired; then as it was before, to the digest, and nothing is left to do.
    statement, kinds = DAMAGE[name]
    if "pool" in name:
        await post(told, POOL)
    before = await digest(told)
    cypher.run(statement).consume()  # type: ignore[arg-type]
    damaged = await digest(told)
    assert damaged != before or name == "the number is gone"

    only_told = await sweep_all(told, repairing=False)
    assert kinds <= {finding.kind for finding in only_told.findings} and only_told.repaired == 0
    assert await digest(told) == damaged

    sweep = await sweep_all(told)
    assert kinds <= {finding.kind for finding in sweep.findings}, sweep.findings
    assert all(finding.done for finding in sweep.findings), sweep.findings
    assert await digest(told) == before
    assert (await sweep_all(told)).findings == []
    assert await holds(told)
    async with told.ledger.read() as connection:
        [event] = await audit.list_events(connection, action=REPAIRED)
    assert sum(event.body["repaired"].values()) == len(sweep.findings)


async def test_an_older_state_of_the_graph_becomes_the_latest_one(told: Services, cypher: neo4j.Session) -> None:
    # As from a dump taken before: transactions are missing, sums lack them, the counter stands where it stood.
    before, watermark = await digest(told), await told.graph.watermark()
    await post(told, pay("a", "e", 4, id="l1", day=8), pay("e", "f", 4, id="l2", day=9))
    latest, reached = await digest(told), await told.graph.watermark()
    cypher.run("MATCH (t:Transaction) WHERE t.key IN ['acct:l1', 'acct:l2'] DETACH DELETE t").consume()
    cypher.run("MATCH (w:Wallet) WHERE w.key IN ['acct:e', 'acct:f'] DETACH DELETE w").consume()
    cypher.run(
        "MATCH (w:Wallet {key: 'acct:a'}) SET w.out_value = w.out_value - 4000000, w.out_count = w.out_count - 1,"
        " w.last_at = datetime('2020-01-05T00:00:00Z')"
    ).consume()
    cypher.run("MATCH (c:Counter {name: 'graph'}) SET c.seq = $seq", seq=watermark).consume()
    assert await digest(told) == before

    sweep = await sweep_all(told)

    assert {"counter", "missing_transaction"} <= {finding.kind for finding in sweep.findings}
    assert await digest(told) == latest and await told.graph.watermark() == reached
    assert (await sweep_all(told)).findings == [] and await holds(told)


async def test_a_landing_that_was_never_recorded_is_decided(services: Services, cypher: neo4j.Session) -> None:
    # As a crash between graph and ledger leaves them, withdrawn even; what they say about people is lost.
    context = {"channel": "app", "customer_reference": "Ada"}
    given = [
        *PAYMENTS,
        replace(pay("a", "e", 2, id="t0"), purpose="for Ada", context=context),
        replace(pay("a", "e", 3, id="t1"), asset="ETH", value_sent=3_000_000),
    ]
    await land_transactions(services.graph, given)
    assert len(await findings(services)) == len(given)
    untouched = await sweep_all(services, grace_s=3600)
    assert untouched.findings == [], "it may be on its way"

    sweep = await sweep_all(services)

    assert {finding.subject for finding in sweep.findings} == {one.key for one in given}
    assert {finding.kind for finding in sweep.findings} == {"undecided"}
    assert [f.done for f in sweep.findings if f.subject == "acct:t0"] == [
        "decided, without its personal text, which is lost"
    ]
    async with services.ledger.read() as connection:
        assert len(await find_decisions(connection, [one.key for one in given])) == len(given)
    assert (await sweep_all(services)).findings == [] and await holds(services)
    # Whoever posts it again is told the same, with its text or without.
    screened = await screen_transactions(services, given, actor="test", trace_id="trace")
    assert [one.created for one in screened] == [False] * len(given) and all(one.decision for one in screened)
    assert (
        cypher.run("MATCH (t:Transaction {key: 'acct:t0'}) RETURN t.text_salt AS salt").single(strict=True)[0] is None
    )


async def test_a_landing_that_cannot_be_proven_is_only_told(services: Services, cypher: neo4j.Session) -> None:
    await land_transactions(services.graph, [PAYMENTS[0]])
    cypher.run("MATCH (t:Transaction) SET t.content = 'x'").consume()

    sweep = await sweep_all(services)

    [finding] = sweep.findings
    assert (finding.kind, finding.done) == ("undecided", None) and "post it again" in finding.found


async def test_a_decision_that_was_taken_away_is_not_made_a_second_time(services: Services, servers: Servers) -> None:
    await post(services, PAYMENTS[0])
    for table in ("decision_facts", "decisions", "landed"):
        edit(servers, table, f"DELETE FROM {table}")

    [finding] = (await sweep_all(services)).findings

    assert (finding.kind, finding.done) == ("record", None) and "restore a backup" in finding.found
    async with services.ledger.read() as connection:
        assert await find_decisions(connection, [PAYMENTS[0].key]) == {}


async def test_a_decision_that_is_gone_is_told_by_reconciler_and_verify(services: Services, servers: Servers) -> None:
    await post(services, PAYMENTS[0])
    for table in ("decision_facts", "decisions"):
        edit(servers, table, f"DELETE FROM {table}")

    [finding] = (await sweep_all(services)).findings

    assert (finding.kind, finding.subject, finding.done) == ("record", "acct:p0", None)
    assert "landed transaction acct:p0: its decision is gone" in await findings(services)


async def test_reconciling_while_they_are_posted_decides_each_once(services: Services) -> None:
    # With no grace at all the reconciler decides what posting is about to: by key, the first one stands.
    given = [pay("a", f"w{i % 7}", 1 + i, id=f"r{i}") for i in range(60)]

    async def posting(part: list[Transaction]) -> None:
        for one in part:
            await post(services, one)

    await asyncio.gather(*(posting(given[i::3]) for i in range(3)), *(sweep_all(services) for _ in range(4)))

    async with services.ledger.read() as connection:
        decided = await audit.list_events(connection, action="transaction.decided", limit=1000)
        assert len(await find_decisions(connection, [one.key for one in given])) == 60
    assert sorted(event.subject for event in decided) == sorted(one.key for one in given)
    assert (await sweep_all(services)).findings == [] and await holds(services)


async def test_repairs_and_posts_of_the_same_wallets_do_not_disturb_each_other(
    services: Services, cypher: neo4j.Session
) -> None:
    # Sums of a hub are damaged over and over and put right, while payments to it land and are withdrawn.
    await post(services, *(pay(f"w{i % 5}", "hub", 1 + i, id=f"h{i}") for i in range(20)))
    is_over = asyncio.Event()

    async def posting(name: str) -> None:
        for i in range(12):
            one = pay(name, "hub", 1 + i, id=f"{name}{i}")
            await post(services, one)
            if i % 3 == 0:
                await withdraw_transaction(services, one.key, reason=None, actor="test")

    async def damaging() -> None:
        while not is_over.is_set():
            await asyncio.to_thread(damage)
            await sweep_all(services, grace_s=60)

    def damage() -> None:
        for statement in (
            "MATCH (w:Wallet {key: 'acct:hub'}) SET w.in_value = w.in_value + 7",
            "MATCH (:Wallet {key: 'acct:w1'})-[f:FLOW]->() SET f.value = f.value + 7",
            "MATCH (t:Transaction {key: 'acct:h3'}) SET t.value = t.value + 7",
        ):
            # Tried again after a deadlock with what lands.
            cypher.execute_write(lambda unit, text=statement: unit.run(text).consume())

    repairing = asyncio.create_task(damaging())
    await asyncio.gather(*(posting(name) for name in ("w0", "w1", "x")))
    is_over.set()
    await repairing

    await sweep_all(services)
    assert (await sweep_all(services)).findings == [] and await holds(services)
    [hub] = await services.graph.read("whole_wallets", after="acct:hu", limit=1)
    standing = [t for name in ("w0", "w1", "x") for i in range(12) if i % 3 for t in [1 + i]]
    assert hub["wallet"][2] == (sum(range(1, 21)) + sum(standing)) * 1_000_000


async def test_a_busy_system_has_no_findings(services: Services) -> None:
    # Posted, withdrawn, landed again and labelled all the while; nothing of it is late.
    async def busy(name: str) -> None:
        for i in range(12):
            one = pay(name, "hub", 1 + i, id=f"{name}{i}")
            await post(services, one)
            await withdraw_transaction(services, one.key, reason="reorganised", actor="test")
            await post(services, one)
            said = Attribution(id="", wallet=key(f"{name}{i}"), category="scam", source="drawn")
            done = await commit_attributions(services, [said], actor="test", source_name="drawn")
            await withdraw_attributions(services, done.ids, reason="wrong", actor="test")

    before = [asyncio.create_task(busy(name)) for name in "xyz"]
    found = []
    while not all(task.done() for task in before):
        found += (await sweep_all(services, grace_s=60)).findings
    await asyncio.gather(*before)

    assert found == []
    assert (await sweep_all(services)).findings == []


async def test_changes_that_only_the_graph_knows_are_recorded(told: Services) -> None:
    # A withdrawal, an attribution and the end of one, each as a crash after the graph's commit leaves it.
    await withdraw_from_graph(told.graph, key("p0"), "reorganised")
    said = Attribution(id="", wallet=key("c"), category="gambling", source="drawn")
    new = (await record_attributions(told.graph, [said], told.taxonomy, author="test")).ids[0]
    [old] = [one.id for one in await attributions_about(told.graph, [key("thief")])]
    await withdraw_from_graph_attributions(told.graph, [old], told.taxonomy)
    before = await digest(told)
    assert (await sweep_all(told, grace_s=3600)).findings == []

    sweep = await sweep_all(told)

    kinds = {"unrecorded_change": {key("p0")}, "unrecorded_attribution": {new, old}}
    for kind, subjects in kinds.items():
        assert {one.subject for one in sweep.findings if one.kind == kind} == subjects
    assert len(sweep.findings) == 3 and await digest(told) == before
    assert (await sweep_all(told)).findings == [] and await holds(told)
    async with told.ledger.read() as connection:
        withdrawn = await audit.list_events(connection, subject=key("p0"), action="transaction.withdrawn")
    assert [event.body["mended"] for event in withdrawn] == [True]


@pytest.mark.parametrize(
    ("table", "statement", "subject"),
    [
        ("landed", "UPDATE landed SET body = replace(body, '\"7\"', '\"8\"') WHERE transaction = 'acct:p1'", "acct:p1"),
        (
            "landed",
            "UPDATE landed SET seq = seq + 100 WHERE transaction = 'acct:p1'",
            "acct:p1",
        ),
        ("transaction_changes", "UPDATE transaction_changes SET kind = 'withdrawn' WHERE kind = 'relanded'", "acct:p3"),
        (
            "attribution_changes",
            "UPDATE attribution_changes SET body = replace(body, 'theft', 'dex') WHERE body LIKE '%theft%'",
            "att_",
        ),
    ],
)
async def test_what_the_ledger_cannot_prove_does_not_overwrite_the_graph(
    told: Services, servers: Servers, table: str, statement: str, subject: str
) -> None:
    edit(servers, table, statement)
    before = await digest(told)

    sweep = await sweep_all(told)

    assert await digest(told) == before
    assert any(f.done is None and f.subject.startswith(subject) for f in sweep.findings), sweep.findings


async def test_alerts_and_their_events_agree_again(services: Services, servers: Servers) -> None:
    # Two alerts: of one the row is gone, of the other the event; a third is told already and stays as it is.
    said = Attribution(id="", wallet=key("thief"), category="theft", source="drawn")
    await commit_attributions(services, [said], actor="test", source_name="drawn")
    await post(services, *(pay("thief", name, 10, id=f"a{name}") for name in "abc"))
    alerts = [(row["id"], row) for row in await rows(services, "SELECT * FROM alerts ORDER BY transaction")]
    assert len(alerts) == 3
    meddle(servers, f"DELETE FROM alerts WHERE id = '{alerts[0][0]}'")
    edit(servers, "audit_events", f"UPDATE audit_events SET action = 'x' WHERE subject = '{alerts[1][0]}'")

    sweep = await sweep_all(services)

    assert {(one.kind, one.subject) for one in sweep.findings} == {
        ("alert", alerts[0][0]),
        ("alert_event", alerts[1][0]),
    }
    again = [(row["id"], row) for row in await rows(services, "SELECT * FROM alerts ORDER BY transaction")]
    assert again == alerts
    async with services.ledger.read() as connection:
        assert len(await audit.list_events(connection, action="alert.opened")) == 3
    assert (await sweep_all(services)).findings == []


async def test_the_outbox_is_put_right(services: Services, servers: Servers) -> None:
    # A webhook that wants everything: one event fell out, one span is of nothing, the rest waits for a relay.
    await post(services, PAYMENTS[0])
    meddle(
        servers,
        "INSERT INTO webhooks (id, name, url, types, in_flight, created_by, from_seq, enabled)"
        " VALUES ('whk_1', 'all', 'https://receiver.example/', '{*}', 1, 'test', 0, true)",
    )
    await post(services, *PAYMENTS[1:4])
    head = (await rows(services, "SELECT max(seq) AS head FROM audit_events"))[0]["head"]
    meddle(servers, f"DELETE FROM outbox WHERE last_seq = {head}")
    meddle(servers, f"INSERT INTO outbox (first_seq, last_seq) VALUES ({head + 5}, {head + 9})")
    sweep = await new_sweep(services, everything=True)
    sweep.grace_s = sweep.late_s = 0

    await reconcile(sweep)

    assert {one.subject for one in sweep.findings} >= {str(head), f"{head + 5}-{head + 9}", "relay"}
    assert await rows(services, "SELECT seq FROM deliveries ORDER BY seq") == [{"seq": n + 1} for n in range(head)]
    assert await rows(services, "SELECT * FROM outbox") == []
    assert (await sweep_all(services)).findings == []


async def test_a_recent_sweep_looks_at_what_landed_last(told: Services, cypher: neo4j.Session) -> None:
    await post(told, POOL)
    before = await digest(told)
    statements = (DAMAGE["a pool is gone"], DAMAGE["a transaction is gone"])
    for statement, _ in statements:
        cypher.run(statement).consume()  # type: ignore[arg-type]
    [first] = await rows(told, "SELECT seq FROM landed WHERE transaction = 'acct:p1'")

    sweep = await new_sweep(told, everything=True)
    sweep.since, sweep.grace_s = first["seq"], 0
    await reconcile(sweep)

    assert [one.subject for one in sweep.findings if one.kind == "missing_transaction"] == [key("p7")]
    assert await digest(told) != before
    await sweep_all(told)
    assert await digest(told) == before


async def test_the_job_tells_what_it_did(told: Services, cypher: neo4j.Session) -> None:
    settings = replace(told.settings, reconciling=ReconcilingSettings(reconcile_grace_s=0))
    services = replace(told, settings=settings)
    cypher.run(DAMAGE["a wallet's sum"][0]).consume()  # type: ignore[arg-type]
    job = await request_reconciling(services, ALL)

    await run_job(services, HANDLERS, job.id)

    async with services.ledger.read() as connection:
        done = await get_job(connection, job.id)
        [event] = await audit.list_events(connection, action=REPAIRED)
    assert (done.state, done.result and done.result["repaired"]) == ("succeeded", {"wallet": 1})
    assert event.body["subjects"] == [{"kind": "wallet", "subject": key("b")}]


async def rows(services: Services, query: str) -> list[dict[str, Any]]:
    async with services.ledger.read() as connection:
        return await (await connection.execute(query)).fetchall()  # type: ignore[call-overload, no-any-return]


def meddle(servers: Servers, statement: str) -> None:
    with psycopg.connect(servers.postgres_admin_url) as connection:
        assert connection.execute(statement).rowcount == 1  # type: ignore[call-overload]
