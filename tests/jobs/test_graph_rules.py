"""Graph rules prove themselves on their fixtures, are asked in batches, and see only what had happened by then."""

from __future__ import annotations

import asyncio
from typing import Any

import neo4j
import pytest
from msgspec.structs import replace

from graph.adhoc import check_text
from graph.errors import InvalidInput, QueryCut, QueryRefused
from graph.ingest import land_transactions
from graph.model import Transaction
from graph.session import Outside
from graph.withdrawal import withdraw_transaction
from jobs.fixtures import check_rule
from jobs.patterns import ask_patterns
from jobs.payments import payment_of
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.shipped import shipped_rules
from risk.conditions import compile_rule
from risk.rules import Fixture, Rule, Transfer
from tests.builders import key, label, pay, transfer

RULES = {rule.id: rule for rule in shipped_rules() if rule.graph is not None}
HOUR = 1 / 24


def rule_with(name: str, **changed: Any) -> Rule:
    """A shipped rule with some of its query's parts, or parameters, changed."""
    graph = RULES[name].graph
    assert graph is not None
    parts = {part: changed.pop(part) for part in list(changed) if part in graph.__struct_fields__}
    return replace(RULES[name], graph=replace(graph, **({"parameters": graph.parameters | changed} | parts)))


def fan_in(payers: int = 8, units: float = 900) -> list[Transaction]:
    return [pay(f"p{i}", "b", units + i, id=f"t{i}", day=i * HOUR) for i in range(payers)]


def round_trip() -> list[Transaction]:
    """5,000 that go round over three wallets, a little less each time."""
    legs = (("a", "b", 5_000, 0.0), ("b", "c", 4_900, 0.3), ("c", "a", 4_800, 0.6))
    return [pay(payer, payee, units, id=f"c{i}", day=day) for i, (payer, payee, units, day) in enumerate(legs)]


async def found(services: Services, rule: Rule, *asked: Transaction) -> set[str]:
    return set(await ask_patterns(services, rule, [payment_of(one) for one in asked]))


def test_the_six_typologies_are_shipped() -> None:
    assert set(RULES) == {"fan_in", "fan_out", "cycle", "scatter_gather", "peel_chain", "mixer_exit"}
    for rule in RULES.values():
        assert (rule.typology, rule.floor) == (rule.id, 0.7)
        assert compile_rule(rule).rule == rule


@pytest.mark.parametrize("name", RULES)
async def test_a_shipped_rule_finds_its_fixtures_and_no_near_miss(services: Services, name: str) -> None:
    graph = RULES[name].graph
    assert graph is not None
    assert sum(1 for one in graph.fixtures if not one.found) >= 4

    await check_rule(services, RULES[name])


# As after a withdrawal of all that had landed: none of it stands in an index of histories.
WITHDRAWN = """UNWIND range(1, 500) AS i MERGE (b:Wallet {key: 'acct:b' + i % 50})
CREATE (:Wallet {key: 'acct:a' + i})-[s:SENT {net: 5}]->(:Transaction {key: 'acct:t' + i})-[o:TO {net: 5}]->(b)
SET s.wallet = 'acct:a' + i, o.wallet = b.key"""


async def let_in(services: Services, text: str) -> None:
    await check_text(services.graph, Outside(text), {"payments": [], "rule": {}}, must_seek=True)


async def test_a_shipped_rule_seeks_whatever_the_database_expects(services: Services, cypher: neo4j.Session) -> None:
    # The planner chooses by what it counted: where an index looks empty, reading all of it costs no more than seeking.
    # A rule that was in force could then not be activated again; and the plan would be kept while the index fills.
    cypher.run(WITHDRAWN).consume()
    cypher.run("CALL db.prepareForReplanning()").consume()
    texts = {name: rule.graph.cypher for name, rule in RULES.items() if rule.graph}

    for text in texts.values():
        await let_in(services, text)
    with pytest.raises(QueryRefused, match="a rule must start"):
        for text in texts.values():
            await let_in(services, text.replace("INDEX SEEK", "INDEX"))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"least_parties": 9}, "is not found in the payment 't8' of 'eight wallets pay alike amounts'"),
        ({"least_parties": 7}, "is found in the payment 't7' of 'seven wallets are too few'"),
        ({"window_us": 10 * 86_400_000_000}, "is found in .* 'one of eight paid two days before'"),
        ({"alike": 20}, "is found in .* 'one of eight amounts is ten times as large'"),
    ],
)
async def test_a_rule_that_disagrees_with_a_fixture_is_refused(
    services: Services, changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        await check_rule(services, rule_with("fan_in", **changed))

    assert caught.value.errors[0].field.startswith("graph.fixtures[")


LANDED_ONLY = """UNWIND $payments AS payment
MATCH (t:Transaction {key: payment.id})
RETURN payment.id AS id, [] AS wallets, [] AS transactions, 0 AS value, '' AS detail"""
ANYTHING = (
    "UNWIND $payments AS payment RETURN payment.id AS id, [] AS wallets, [] AS transactions, 0 AS value, '' AS detail"
)


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        (LANDED_ONLY, "graph.fixtures[0]", "is not found .* before it has landed"),
        (ANYTHING, "graph.fixtures[1]", "is found in"),
        (ANYTHING.replace("0 AS value", "'x' AS value"), "graph.cypher", "`value` an integer"),
        (ANYTHING.replace(", '' AS detail", ""), "graph.cypher", "must return the columns"),
        (ANYTHING + " LIMIT $rule.nothing.there", "graph.cypher", "."),
        ("MATCH (w:Wallet) RETURN w.key AS id", "graph.cypher", "a rule must start"),
        ("UNWIND $payments AS p MERGE (w:Wallet {key: p.id}) RETURN p.id AS id", "graph.cypher", "only reading"),
        ("UNWIND $payments AS p RETRUN 1", "graph.cypher", r"line 1, column 23"),
    ],
)
async def test_a_query_that_is_no_rule_is_refused(services: Services, text: str, field: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        await check_rule(services, rule_with("fan_in", cypher=text))

    assert caught.value.errors[0].field == field


def drawn(**changed: Any) -> Fixture:
    transfers = (Transfer(id="t", after_s=0, payers={"a": "1"}, payees={"b": "1"}),)
    return Fixture(**({"name": "drawn", "ask": "t", "found": True, "transfers": transfers} | changed))


@pytest.mark.parametrize(
    ("fixtures", "says"),
    [
        ((), "at least one graph with the pattern"),
        ((drawn(),), "at least one graph with the pattern"),
        ((drawn(ask="other"), drawn(found=False)), "is not the id of one of its transfers"),
        ((drawn(categories={"a": "nonsense"}), drawn(found=False)), "'nonsense' is not a category"),
        ((drawn(transfers=drawn().transfers * 2), drawn(found=False)), "the same id"),
        (
            (drawn(transfers=(Transfer(id="t", after_s=0, payers={"a": "x"}, payees={"b": "x"}),)), drawn(found=False)),
            "decimal",
        ),
    ],
)
async def test_fixtures_that_prove_nothing_are_refused(
    services: Services, fixtures: tuple[Fixture, ...], says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        await check_rule(services, rule_with("fan_in", fixtures=fixtures))


async def test_fixtures_leave_nothing_and_hold_nobody_up(services: Services, cypher: neo4j.Session) -> None:
    # Whoever held the counter would keep every landing waiting until the fixture is rolled back.
    async with services.graph.rehearsal() as unit:
        wallets = [{"key": "#x:a", "network": "#x", "address": "a"} | dict.fromkeys(SUMS, 0)]
        await unit.run("plant_fixture", wallets=wallets, flows=[], rows=[], categories=[])
        landed = await asyncio.wait_for(land_transactions(services.graph, [pay("a", "b", 5)]), 5)

    await check_rule(services, RULES["cycle"])

    assert landed[0].seq == await services.graph.watermark() == 1
    assert cypher.run("MATCH (w:Wallet) RETURN count(w) AS n").single(strict=True)["n"] == 2


SUMS = ("in_value", "out_value", "in_count", "out_count", "first_at", "last_at")


async def test_a_batch_answers_as_each_payment_alone_and_nothing_later_counts(services: Services) -> None:
    payments = fan_in(10)
    await land_transactions(services.graph, payments)
    rule = RULES["fan_in"]

    together = await found(services, rule, *payments)
    alone = [await found(services, rule, one) for one in payments]

    assert together == set().union(*alone) == {one.key for one in payments[7:]}


async def test_a_finding_names_wallets_transactions_and_value(services: Services) -> None:
    payments = fan_in(8)
    await land_transactions(services.graph, payments)

    finding = (await ask_patterns(services, RULES["fan_in"], [payment_of(payments[-1])]))[payments[-1].key]

    assert set(finding.wallets) == {key("b"), *(key(f"p{i}") for i in range(8))}
    assert set(finding.transactions) == {one.key for one in payments}
    assert finding.value == sum(one.value for one in payments)
    assert "8 wallets paid acct:b" in finding.detail


async def test_what_was_withdrawn_counts_no_more(services: Services) -> None:
    payments = fan_in(8)
    await land_transactions(services.graph, payments)
    assert await found(services, RULES["fan_in"], payments[-1])

    await withdraw_transaction(services.graph, payments[3].key, None)

    assert not await found(services, RULES["fan_in"], payments[-1])


async def test_a_payment_from_many_to_many_is_asked_about_too(services: Services) -> None:
    await land_transactions(services.graph, fan_in(6))
    last = transfer({"x": 950, "y": 950}, {"b": 1_000, "z": 900}, id="many", day=0.5)

    assert await found(services, RULES["fan_in"], last) == {last.key}, "two payers more make eight"


async def test_a_rule_is_stopped_at_its_time_limit(services: Services) -> None:
    slow = ANYTHING.replace("RETURN", "UNWIND range(1, 1000000000) AS x WITH payment, x WHERE x % 7 = 9 RETURN")

    with pytest.raises(QueryCut):
        await ask_patterns(services, rule_with("fan_in", cypher=slow, timeout_ms=20), [payment_of(pay("a", "b", 1))])


async def test_a_query_that_fails_says_so(services: Services) -> None:
    failing = ANYTHING.replace("0 AS value", "1 / (payment.value - payment.value) AS value")

    with pytest.raises(QueryRefused, match="by zero"):
        await ask_patterns(
            services, rule_with("fan_in", cypher=failing, timeout_ms=2_000), [payment_of(pay("a", "b", 1))]
        )


async def test_a_posted_cycle_is_decided_with_its_typology_and_opens_an_alert(services: Services) -> None:
    for one in shipped_rules():
        if one.id == "cycle":
            await check_rule(services, one)
    screened = [
        (await screen_transactions(services, [one], actor="test", trace_id="t"))[0].decision for one in round_trip()
    ]

    assert all(decision is not None for decision in screened)
    told = [decision.reason_codes for decision in screened if decision]
    assert "TYPOLOGY_CYCLE" in told[2]
    assert "TYPOLOGY_CYCLE" not in told[0] + told[1]
    last = screened[2]
    assert last is not None
    assert (last.severity, last.alert is not None) == ("high", True)


async def test_money_out_of_a_mixer_is_followed_only_as_long_as_it_is_one(services: Services) -> None:
    legs = [pay("m", "a", 5_000, id="m1", day=0), pay("a", "b", 4_900, id="m2", day=0.2)]
    await land_transactions(services.graph, legs)
    assert not await found(services, RULES["mixer_exit"], legs[1])

    await label(services.graph, services.taxonomy, m="mixer")

    assert await found(services, RULES["mixer_exit"], *legs) == {legs[1].key}
