"""A decision made again from its record is the same, and where it is not, the replay names the field."""

from __future__ import annotations

import psycopg
import pytest
from msgspec.structs import replace

from graph.errors import NotFound
from graph.model import Decision, Transaction
from graph.taxonomy import Taxonomy
from jobs.policybook import activate_policy
from jobs.replaying_decisions import DecisionReplay, differences, replay_decision
from jobs.rule_bodies import RuleInput
from jobs.rulebook import activate_rule, change_rule, create_rule
from jobs.screening import screen_transactions
from jobs.services import Services
from ledger import audit
from ledger.errors import NotReplayable
from ledger.personal import erase_text
from risk.rules import Condition
from tests.builders import label, pay, transfer
from tests.servers import Servers


async def decided(services: Services, given: Transaction) -> Decision:
    [outcome] = await screen_transactions(services, [given], actor="test", trace_id="trace")
    assert outcome.decision is not None
    return outcome.decision


async def again(services: Services, decision: Decision) -> DecisionReplay:
    return await replay_decision(services, decision.id, actor="auditor")


def edit(servers: Servers, table: str, statement: str) -> None:
    """Change one row as an owner who sets the guard aside."""
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        assert connection.execute(statement).rowcount == 1  # type: ignore[call-overload]
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")


async def drawn(services: Services, taxonomy: Taxonomy) -> list[Decision]:
    """Decisions of all kinds: tainted, clean, busy, of many parties, without a payer, with a context and a purpose."""
    await label(services.graph, taxonomy, thief="scam", listed="sanctions", shop="exchange")
    texted = replace(pay("a", "shop", 12_000, day=1), purpose="rent", context={"channel": "voucher", "n": 2})
    given = [
        pay("thief", "a", 10),
        pay("a", "b", 4, day=0.5),
        texted,
        transfer({"listed": 1, "clean": 999}, {"b": 900, "clean": 90}, day=2),
        transfer({}, {"miner": 50}, day=2),
        *(pay("busy", f"c{n}", 9_500, day=3 + n / 10_000) for n in range(12)),
        pay("listed", "victim", 0.005, day=4),
    ]
    return [await decided(services, one) for one in given]


async def test_every_decision_is_the_same_when_made_again(services: Services, taxonomy: Taxonomy) -> None:
    made = await drawn(services, taxonomy)

    replays = [await again(services, one) for one in made]

    assert [replay.differences for replay in replays] == [()] * len(made)
    assert all(replay.is_same and replay.recomputed == replay.decision for replay in replays)
    assert not any(replay.erased for replay in replays)
    assert {one.severity for one in made} >= {"none", "low", "high", "critical"}, "the drawing tells little"


async def test_what_landed_since_changes_nothing(services: Services, taxonomy: Taxonomy) -> None:
    first = await decided(services, pay("a", "b", 10, day=5))
    await label(services.graph, taxonomy, a="sanctions")
    await decided(services, pay("x", "a", 1000, day=1))

    assert (await again(services, first)).is_same


async def test_a_decision_replays_under_the_policy_it_was_made_under(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")
    before = await decided(services, pay("thief", "a", 10))
    await activate_policy(services, "classic-1", actor="test")
    after = await decided(services, pay("thief", "b", 10))

    replays = [await again(services, one) for one in (before, after)]

    assert [one.recomputed.policy for one in replays] == ["default-2", "classic-1"]
    assert [one.recomputed.severity for one in replays] == ["high", "none"]
    assert all(one.is_same for one in replays)


async def test_a_decision_replays_under_the_rule_versions_it_names(services: Services) -> None:
    rule = RuleInput(id="to_b", title="To b", why="why", reason="TO_B", score=0.9, floor=0.8, when=_to("acct:b"))
    await create_rule(services, rule, actor="test")
    await activate_rule(services, "to_b", None, actor="test")
    before = await decided(services, pay("a", "b", 10))
    await change_rule(services, "to_b", lambda given: replace(given, floor=0.5), seen=lambda _: None, actor="test")
    await activate_rule(services, "to_b", None, actor="test")
    after = await decided(services, pay("c", "b", 10))

    replays = [await again(services, one) for one in (before, after)]

    assert [one.decision.rule_versions["to_b"] for one in replays] == ["1", "2"]
    assert [one.recomputed.risk_score for one in replays] == [0.8, 0.5]
    assert all(one.is_same for one in replays)


def _to(wallet: str) -> Condition:
    return Condition(field="receiver.wallet", op="eq", value=wallet)


async def test_an_edited_fact_is_named(services: Services, servers: Servers, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam")
    decision = await decided(services, pay("thief", "a", 10))
    text = "replace(body::text, '\"direct_share\":1.0', '\"direct_share\":0.5')::json"
    edit(servers, "decision_facts", f"UPDATE decision_facts SET body = {text}")

    replay = await again(services, decision)

    assert not replay.is_same
    assert "evidence[0].categories[0].direct_share" in {one.field for one in replay.differences}
    [found] = [one for one in replay.differences if one.field == "evidence[0].categories[0].direct_share"]
    assert (found.recorded, found.recomputed) == (1.0, 0.5)


async def test_an_edited_decision_is_named(services: Services, servers: Servers) -> None:
    decision = await decided(services, pay("a", "b", 10))
    text = 'replace(body::text, \'"severity":"none"\', \'"severity":"low"\')::json'
    edit(servers, "decisions", f"UPDATE decisions SET body = {text}")

    replay = await again(services, decision)

    assert [(one.field, one.recorded, one.recomputed) for one in replay.differences] == [("severity", "low", "none")]


async def test_a_decision_of_before_facts_were_kept_says_so(services: Services, servers: Servers) -> None:
    decision = await decided(services, pay("a", "b", 10))
    edit(servers, "decision_facts", "DELETE FROM decision_facts")

    with pytest.raises(NotReplayable, match="before the facts behind a decision were kept"):
        await again(services, decision)


async def test_an_unknown_decision_is_not_found(services: Services) -> None:
    with pytest.raises(NotFound):
        await replay_decision(services, "dec_nobody", actor="auditor")


async def test_erased_text_is_told_and_only_rules_on_it_come_out_otherwise(services: Services) -> None:
    purpose = Condition(field="transaction.purpose", op="contains", value="gift card")
    rule = RuleInput(id="gift", title="Gift", why="why", reason="GIFT", score=0.9, floor=0.8, when=purpose)
    await create_rule(services, rule, actor="test")
    await activate_rule(services, "gift", None, actor="test")
    met = await decided(services, replace(pay("a", "b", 10), purpose="a gift card"))
    plain = await decided(services, replace(pay("a", "b", 10), purpose="rent"))
    before = await again(services, met)
    async with services.ledger.transaction() as connection:
        for one in (met, plain):
            await erase_text(connection, one.transaction)

    replays = [await again(services, one) for one in (met, plain)]

    assert before.is_same and not before.erased
    assert [(one.is_same, one.erased) for one in replays] == [(False, True), (True, True)]
    assert "reason_codes" in {one.field for one in replays[0].differences}


async def test_each_replay_is_an_event_with_what_it_found(services: Services, servers: Servers) -> None:
    decision = await decided(services, pay("a", "b", 10))
    await again(services, decision)

    async with services.ledger.read() as connection:
        [event] = await audit.list_events(connection, action="decision.replayed")
    assert (event.actor, event.subject) == ("auditor", decision.id)
    assert event.body == {"is_same": True, "differences": [], "erased": False}


def test_differences_go_as_deep_as_they_can() -> None:
    one = {"a": [{"b": 1, "c": 2}], "d": [1], "e": None}
    other = {"a": [{"b": 1, "c": 3}], "d": [1, 2], "f": 0}

    assert [found.field for found in differences(one, other)] == ["a[0].c", "d", "f"]
    assert list(differences(one, one)) == []
