"""What goes wrong with a graph rule about one payment spoils it for no other, and what it answers can be kept."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from graph.errors import QueryCut, QueryRefused
from graph.model import Transaction
from graph.session import Outside
from jobs import asking_rules
from jobs.asking_rules import ask_rule
from jobs.book import shipped_book
from jobs.patterns import ask_patterns
from jobs.payments import payment_of
from jobs.screening import screen_transactions
from jobs.services import Services
from ledger.book import lock_book, record_change
from ledger.canonical import canonical_json
from ledger.rules import record_version
from risk.facts import Finding, Payment
from risk.rules import Condition, GraphQuery, Rule
from settings import Settings
from tests.builders import pay
from tests.servers import Servers

# Finds a pattern in every payment but one of 7, about which it cannot be run.
FRAGILE = """CYPHER 25 UNWIND $payments AS p
RETURN p.id AS id, p.payers AS wallets, [] AS transactions, p.value / (p.value - 7000000) AS value, '' AS detail"""
ANSWER = (
    "CYPHER 25 UNWIND $payments AS p RETURN p.id AS id, {} AS wallets, [] AS transactions, {} AS value, {} AS detail"
)


@pytest.fixture
def settings(servers: Servers) -> Settings:
    """These tests are about the time that a rule states."""
    return servers.settings(rule_patience="1")


def rule_of(cypher: str) -> Rule:
    return Rule(
        id="drawn",
        version=1,
        title="Drawn",
        why="",
        reason="DRAWN",
        score=0.5,
        floor=0.8,
        when=Condition(field="transaction.value", op="gt", value="0"),
        graph=GraphQuery(cypher=cypher),
    )


def drawn(count: int, units: float = 9) -> list[Transaction]:
    return [pay(f"a{n}", f"b{n}", units, id=f"t{n}") for n in range(count)]


async def test_one_payment_that_a_query_fails_at_spoils_it_for_no_other_of_the_batch(services: Services) -> None:
    given = [*drawn(20), pay("x", "y", 7, id="bad")]

    told = await ask_rule(services, rule_of(FRAGILE), [payment_of(one) for one in given])

    assert {name for name, answer in told.items() if isinstance(answer, Finding)} == {one.key for one in drawn(20)}
    assert "by zero" in str(told[given[-1].key])


async def test_a_rule_that_fails_at_every_payment_is_given_up_in_time(services: Services) -> None:
    payments = [payment_of(one) for one in drawn(40, units=7)]

    told = await ask_rule(services, rule_of(FRAGILE), payments)

    assert set(told) == {one.key for one in payments}
    assert not any(isinstance(answer, Finding) for answer in told.values())


@pytest.mark.parametrize(
    ("wallets", "value", "detail"),
    [
        ("p.payers", "1", "'a\\u0000b'"),
        ("['a\\u0000b']", "1", "''"),
        ("p.payers", "-1", "''"),
        ("p.payers", "'9223372036854775808'", "''"),
    ],
)
async def test_what_the_ledger_could_not_keep_is_refused(
    services: Services, wallets: str, value: str, detail: str
) -> None:
    rule = rule_of(ANSWER.format(wallets, value, detail))

    with pytest.raises(QueryRefused, match="must return"):
        await ask_patterns(services, rule, [payment_of(pay("a", "b", 1))])
    assert await ask_patterns(
        services, rule_of(ANSWER.format("p.payers", "1", "'a b'")), [payment_of(pay("a", "b", 1))]
    )


async def test_a_query_whose_plan_was_lost_is_planned_and_asked_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart of Neo4j: what is cut while it is planned leaves no plan, so the next would be cut as well."""
    payments = [payment_of(one) for one in drawn(1)]
    rule = await planned_late(services, payments)
    for _ in range(2):
        await forget_plans(services)
        with pytest.raises(QueryCut):
            await ask_patterns(services, rule, payments)

        assert await ask_rule(services, rule, payments) == {}
        assert await ask_patterns(services, rule, payments) == {}

    await forget_plans(services)
    monkeypatch.setattr(asking_rules, "WAIT_S", 0.0)
    assert ["stopped" in str(why) for why in (await ask_rule(services, rule, payments)).values()] == [True]
    await services.planning[rule.id, rule.version]
    assert await ask_rule(services, rule, payments) == {}


async def test_a_question_that_is_slow_with_its_plan_is_cut(services: Services) -> None:
    """Negative control: about these payments the query itself takes long, so planning it does not help."""
    slow = "CYPHER 25 UNWIND $payments AS p UNWIND p.payers AS w UNWIND range(1, 30000000) AS n WITH p, max(n) AS n "
    rule = rule_of(slow + ANSWER.partition("AS p ")[2].format("p.payers", "n", "''"))

    told = await ask_rule(services, rule, [payment_of(one) for one in drawn(1)])

    assert ["stopped" in str(answer) for answer in told.values()] == [True]


async def planned_late(services: Services, payments: Sequence[Payment]) -> Rule:
    """A shipped rule with an eighth of the time that planning its query takes, which is far more than asking it."""
    [shipped] = [one.rule for one in shipped_book().rules if one.rule.id == "peel_chain"]
    assert shipped.graph is not None
    patient = replace(shipped, graph=replace(shipped.graph, timeout_ms=60_000))
    await forget_plans(services)
    begun = time.monotonic()
    await ask_patterns(services, patient, payments)
    return replace(shipped, graph=replace(shipped.graph, timeout_ms=int((time.monotonic() - begun) * 1000 / 8)))


async def forget_plans(services: Services) -> None:
    async with services.graph.asking(Outside("CALL db.clearQueryCaches()"), {}, timeout_s=10) as (_, rows):
        assert [row async for row in rows]


async def test_a_detail_that_cannot_be_kept_stops_no_payment(services: Services) -> None:
    rule = rule_of(ANSWER.format("p.payers", "1", "'a\\u0000b'"))
    async with services.ledger.transaction() as connection:
        await lock_book(connection)
        await record_version(connection, rule.id, 1, canonical_json(rule), "test")
        await record_change(connection, "rule", rule.id, 1, state="active", actor="test")

    [outcome] = await screen_transactions(services, [pay("a", "b", 9)], actor="test", trace_id="trace")

    assert outcome.decision is not None and "RULE_NOT_JUDGED" in outcome.decision.reason_codes


async def test_rows_beyond_what_is_read_are_not_taken_for_no_finding(services: Services) -> None:
    # 20,000 rows about the first payment come before the one about the second.
    chatty = "CYPHER 25 UNWIND $payments AS p UNWIND range(1, 20000) AS n " + ANSWER.partition("AS p ")[2]
    rule = rule_of(chatty.format("p.payers", "1", "''"))
    patient = replace(rule, graph=replace(rule.graph, timeout_ms=20_000)) if rule.graph else rule

    with pytest.raises(QueryRefused, match="more than 10,000 rows"):
        await ask_patterns(services, patient, [payment_of(one) for one in drawn(2)])
    assert set(await ask_patterns(services, patient, [payment_of(pay("a", "b", 1, id="t"))])) == {
        pay("a", "b", 1, id="t").key
    }
