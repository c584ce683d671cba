"""A posted transaction ends with exactly one decision, whatever happens on the way."""

from __future__ import annotations

import asyncio

import neo4j
import pytest
from msgspec.structs import replace

from graph.ingest import land_transactions
from graph.model import Transaction
from graph.taxonomy import Taxonomy
from jobs.preview_payment import preview_payment
from jobs.screening import Screened, screen_transactions
from jobs.services import Services
from ledger import audit, landed
from ledger.alert_pages import list_alerts
from ledger.book import lock_book, record_change
from ledger.canonical import canonical_json
from ledger.rules import record_version
from ledger.watched_wallets import watch_wallets
from ledger.watchlists import create_watchlist
from risk.rules import Condition, GraphQuery, Rule
from tests.builders import key, label, land, pay, transfer


async def screen(services: Services, *given: Transaction) -> list[Screened]:
    return await screen_transactions(services, given, actor="test", trace_id="trace")


async def test_a_payment_from_a_scam_is_high_and_opens_one_alert(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")

    [outcome] = await screen(services, pay("thief", "a", 10, id="p1"))

    decision = outcome.decision
    assert outcome.created and decision is not None
    assert (decision.severity, decision.risk_category) == ("high", "scam")
    assert decision.reason_codes == ("EXPOSURE_SCAM_DIRECT",)
    assert "100.0 % of this payment comes straight from wallets listed as" in decision.explanation
    async with services.ledger.read() as connection:
        queue, _ = await list_alerts(connection, limit=10)
    assert [alert.id for alert in queue] == [decision.alert]


async def test_an_alert_that_opens_is_told_once_in_one_span_with_its_decision(
    services: Services, taxonomy: Taxonomy
) -> None:
    await label(services.graph, taxonomy, thief="scam")

    [outcome] = await screen(services, pay("thief", "a", 10, id="p1"))
    await screen(services, pay("thief", "a", 10, id="p1"))

    async with services.ledger.read() as connection:
        decided, opened = (await audit.list_events(connection))[-2:]
        spans = await (await connection.execute("SELECT first_seq, last_seq FROM outbox")).fetchall()
    assert outcome.decision is not None
    assert (decided.action, opened.action, opened.subject) == (
        "transaction.decided",
        "alert.opened",
        outcome.decision.alert,
    )
    assert {"first_seq": decided.seq, "last_seq": opened.seq} in spans


async def test_a_clean_payment_has_a_decision_and_no_alert(services: Services) -> None:
    [outcome] = await screen(services, pay("a", "b", 10))

    assert outcome.decision is not None
    assert (outcome.decision.risk_score, outcome.decision.severity, outcome.decision.alert) == (0.0, "none", None)
    reasons = {r["reason"]: r["share"] for e in outcome.decision.evidence[:2] for r in e["residuals"]}
    assert reasons == {"origin": 1.0, "unspent": 1.0}


async def test_direct_sanctions_are_critical_of_any_share(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, listed="sanctions")

    [outcome] = await screen(services, transfer({"listed": 1, "clean": 999}, {"b": 1000}))

    assert outcome.decision is not None and outcome.decision.severity == "critical"
    assert outcome.decision.risk_score == pytest.approx(0.9)


async def test_unsolicited_dust_from_a_listed_wallet_is_low(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, listed="sanctions")

    [dust] = await screen(services, pay("listed", "victim", 0.005))
    await screen(services, pay("customer", "listed", 3))
    [answered] = await screen(services, pay("listed", "customer", 0.005, day=1))
    [more] = await screen(services, pay("listed", "victim", 0.01, day=2))

    assert dust.decision is not None and dust.decision.severity == "low"
    assert "SANCTIONS_DUSTING" in dust.decision.reason_codes
    assert answered.decision is not None and answered.decision.severity == "critical"
    assert more.decision is not None and more.decision.severity == "critical"


async def test_exposure_of_a_payment_leaves_out_later_money(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")
    await land(services.graph, pay("thief", "a", 10, day=5))

    [before] = await screen(services, pay("a", "b", 1, day=1))
    [after] = await screen(services, pay("a", "b", 1, day=6))

    assert before.decision is not None and before.decision.risk_score == 0.0
    assert after.decision is not None and after.decision.reason_codes == ("EXPOSURE_SCAM_INDIRECT",)


async def test_posting_again_gives_the_same_decision(services: Services) -> None:
    payment = pay("a", "b", 10)

    [first], [again] = await screen(services, payment), await screen(services, payment)

    assert (first.created, again.created) == (True, False)
    assert (again.seq, again.decision) == (first.seq, first.decision)


async def test_other_content_under_a_known_key_is_a_conflict(services: Services) -> None:
    payment = pay("a", "b", 10, id="same")
    await screen(services, payment)

    [other, fresh] = await screen(services, pay("a", "b", 11, id="same"), pay("a", "b", 1, id="fresh"))

    assert other.error is not None and other.decision is None
    assert fresh.created and fresh.decision is not None


async def test_personal_text_is_content_and_stays_out_of_graph_and_landed_body(
    services: Services, cypher: neo4j.Session
) -> None:
    payment = replace(pay("a", "b", 10, id="texted"), purpose="rent for Jane Doe", context={"channel": "app"})
    await screen(services, payment)

    [same] = await screen(services, payment)
    [other] = await screen(services, replace(payment, purpose="rent for John Doe"))

    assert same.error is None and other.error is not None
    async with services.ledger.read() as connection:
        row = await landed.find_landed(connection, payment.key)
    assert row is not None and "Jane" not in row.body and '"channel":"app"' in row.body
    stored = cypher.run("MATCH (t:Transaction) RETURN properties(t) AS p").single(strict=True)["p"]
    assert "Jane" not in str(stored)


async def test_a_crash_after_landing_is_mended_by_posting_again(services: Services) -> None:
    payment = pay("a", "b", 10)
    await land_transactions(services.graph, [payment])

    [outcome] = await screen(services, payment)

    assert not outcome.created and outcome.decision is not None
    async with services.ledger.read() as connection:
        assert await landed.find_landed(connection, payment.key) is not None


async def test_concurrent_posts_of_one_payment_make_one_decision(services: Services) -> None:
    payment = pay("a", "b", 10)

    outcomes = await asyncio.gather(*(screen(services, payment) for _ in range(8)))

    assert sum(outcome.created for [outcome] in outcomes) == 1
    assert len({outcome.decision.id for [outcome] in outcomes if outcome.decision}) == 1
    async with services.ledger.read() as connection:
        events = await audit.list_events(connection, limit=100, action="transaction.decided")
        chain = await audit.verify(connection)
    assert [event.subject for event in events] == [payment.key]
    assert chain.bad_seq is None


async def test_two_writers_on_the_same_wallets_lose_nothing(services: Services, cypher: neo4j.Session) -> None:
    names = "abcdefgh"
    batches = [[pay(names[i % 8], names[(i * step + 1) % 8], 1) for i in range(60)] for step in (1, 3, 5, 7)]

    landings = await asyncio.gather(*(land_transactions(services.graph, batch) for batch in batches))

    assert sorted(landing.seq for part in landings for landing in part) == list(range(1, 241))
    total = cypher.run("MATCH ()-[f:FLOW]->() RETURN sum(f.value) AS v, sum(f.count) AS n").single(strict=True)
    assert (total["v"], total["n"]) == (240_000_000, 240)


async def test_alert_groups_gather_one_cause(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam", robber="theft")

    outcomes = await screen(services, pay("thief", "a", 10), pay("thief", "b", 20, day=1), pay("robber", "a", 5, day=2))

    async with services.ledger.read() as connection:
        groups = {alert.transaction: alert.group_id for alert in (await list_alerts(connection, limit=10))[0]}
    one, two, three = (groups[outcome.transaction] for outcome in outcomes)
    assert one == two != three
    assert key("a") == "acct:a"


async def test_velocity_and_anomaly_see_what_was_sent_before(services: Services) -> None:
    await screen(services, *(pay("busy", f"c{n}", 100, day=n / 100_000) for n in range(10)))

    [more] = await screen(services, pay("busy", "last", 4_000, day=10 / 100_000))
    [later] = await screen(services, pay("busy", "last", 100, day=1))

    assert more.decision is not None and later.decision is not None
    values = {signal.name: signal.value or 0.0 for signal in more.decision.signals}
    assert values["velocity"] == pytest.approx(1 - 10 / 22) and values["anomaly"] > 0.9
    assert {"VELOCITY_COUNT", "AMOUNT_ANOMALY_HIGH"} <= set(more.decision.reason_codes)
    assert (more.decision.risk_category, more.decision.severity) == ("amount_anomaly", "low")
    assert "deviations above the mean of 100" in more.decision.explanation
    assert {"VELOCITY_COUNT", "AMOUNT_ANOMALY_HIGH"}.isdisjoint(later.decision.reason_codes)


async def test_a_watched_party_opens_an_alert_and_leaves_the_score(services: Services) -> None:
    async with services.ledger.transaction() as connection:
        await create_watchlist(connection, "wl_1", name="ours", description=None, threshold=None, actor="test")
        await watch_wallets(connection, "wl_1", [("acct:b", None)], actor="test")

    [watched, other] = await screen(services, pay("a", "b", 10), pay("a", "c", 10))

    assert watched.decision is not None and other.decision is not None
    assert (watched.decision.risk_score, watched.decision.severity) == (0.0, "none")
    assert watched.decision.reason_codes == ("WATCHED_MOVEMENT",)
    assert watched.decision.evidence[-1] == {"kind": "watchlist", "watchlist": "wl_1", "wallet": "acct:b"}
    assert other.decision.alert is None
    async with services.ledger.read() as connection:
        [alert], _ = await list_alerts(connection, limit=10)
    assert (alert.id, alert.severity) == (watched.decision.alert, "low")
    assert alert.explanation == "This payment of 10 moved money of acct:b, which is watched."


async def test_a_graph_rule_that_fails_is_told_and_fails_no_payment(services: Services) -> None:
    # In force as if it had been activated by a version that took it: its query cannot be run.
    broken = Rule(
        id="broken",
        version=1,
        title="Broken",
        why="",
        reason="BROKEN",
        score=0.5,
        floor=0.7,
        when=Condition(field="transaction.value", op="gt", value="0"),
        graph=GraphQuery(cypher="MATCH (n:Wallet {key: $nobody}) RETURN n.key AS id"),
    )
    async with services.ledger.transaction() as connection:
        await lock_book(connection)
        await record_version(connection, "broken", 1, canonical_json(broken), "test")
        await record_change(connection, "rule", "broken", 1, state="active", actor="test")

    [outcome] = await screen(services, pay("a", "b", 10))

    assert outcome.decision is not None and "RULE_NOT_JUDGED" in outcome.decision.reason_codes
    assert (outcome.decision.severity, outcome.decision.alert) == ("none", None)
    [told] = [s for s in outcome.decision.signals if s.name == "graph_rules"]
    assert any(c.detail.startswith("broken: ") for c in told.contributions)


async def test_a_batch_is_decided_as_its_payments_are_alone(services: Services, taxonomy: Taxonomy) -> None:
    given = [pay("thief", "a", 10, id="b1"), pay("x", "y", 20, id="b2", day=1), pay("a", "thief", 1, id="b3", day=2)]
    await label(services.graph, taxonomy, thief="scam")
    previews = [await preview_payment(services, one, actor="test", trace_id="trace") for one in given]

    together = await screen(services, *given)

    # The first of them is in the graph for the others by then, so those whose money it moved are left out.
    for alone, batched in zip(previews[:2], together[:2], strict=True):
        assert alone.decision is not None and batched.decision is not None
        assert alone.decision.risk_score == batched.decision.risk_score
        assert alone.decision.reason_codes == batched.decision.reason_codes
    assert together[2].decision is not None
    assert "EXPOSURE_SCAM_DIRECT" in together[2].decision.reason_codes
