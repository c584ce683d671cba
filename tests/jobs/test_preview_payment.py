"""A preview tells what the post would, and lands nothing."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import neo4j
import pytest
from msgspec.structs import replace

from graph.errors import TransactionConflict
from graph.ingest import land_transactions
from graph.model import Decision, Transaction
from graph.taxonomy import Taxonomy
from jobs.preview_payment import Previewed, preview_payment
from jobs.recording_decisions import record_landed
from jobs.replaying_decisions import Difference, differences
from jobs.screening import Screened, screen_transactions
from jobs.services import Services
from jobs.withdrawing import withdraw_transaction
from ledger import audit
from tests.builders import label, land, pay, transfer


async def preview(services: Services, given: Transaction) -> Previewed:
    return await preview_payment(services, given, actor="test", trace_id="trace")


async def post(services: Services, given: Transaction) -> Screened:
    [outcome] = await screen_transactions(services, [given], actor="test", trace_id="trace")
    return outcome


def comparable(decision: Decision | None) -> dict[str, Any]:
    """A decision without what differs between any two moments: when, how long, and what the graph had seen."""
    assert decision is not None
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(decision))
    for name in ("latency_ms", "decided_at", "watermark"):
        del found[name]
    for one in found["evidence"]:
        one.pop("watermark", None)
    return found


def told_apart(one: Decision | None, other: Decision | None) -> list[Difference]:
    """What differs beyond rounding: once landed, shares may be summed from transactions and not from flows."""
    return [found for found in differences(comparable(one), comparable(other)) if not rounds(found)]


def rounds(found: Difference) -> bool:
    """Whether both are numbers, or values in units, that differ in what rounding leaves."""
    try:
        numbers = [float(value) for value in (found.recorded, found.recomputed)]
    except (TypeError, ValueError):
        return False
    return math.isclose(*numbers, rel_tol=1e-9, abs_tol=1e-6 if isinstance(found.recorded, str) else 1e-9)


async def drawn(services: Services, taxonomy: Taxonomy) -> None:
    await label(services.graph, taxonomy, thief="scam", listed="sanctions", mixer="mixer")
    await land(
        services.graph,
        pay("thief", "a", 10),
        pay("mixer", "a", 30, day=1),
        *(pay(f"s{n}", "hub", 900, day=1 + n / 1000) for n in range(12)),
        *(pay("busy", f"c{n}", 9_500, day=3 + n / 10_000) for n in range(12)),
        pay("b", "a", 2, day=1),
    )


PAYMENTS = {
    "clean": pay("x", "y", 5, id="p1", day=9),
    "tainted": pay("a", "b", 3, id="p2", day=2),
    "back to where it came from": pay("a", "thief", 3, id="p3", day=2),
    "listed": pay("listed", "b", 3, id="p4", day=2),
    "dust": pay("listed", "victim", 0.005, id="p5", day=2),
    "busy": pay("busy", "d", 9_900, id="p6", day=3.002),
    "collecting": pay("s99", "hub", 900, id="p7", day=1.1),
    "many": transfer({"a": 5, "listed": 1}, {"b": 4, "a": 1.5}, id="p8", day=2),
    "without a payer": transfer({}, {"miner": 5}, id="p9", day=2),
    "to itself": pay("a", "a", 5, id="p10", day=2),
    "in context": replace(pay("a", "b", 12_000, id="p11", day=2), context={"channel": "voucher"}),
}


@pytest.mark.parametrize("name", PAYMENTS)
async def test_a_preview_is_what_the_post_then_answers(services: Services, taxonomy: Taxonomy, name: str) -> None:
    await drawn(services, taxonomy)

    before = await preview(services, PAYMENTS[name])
    posted = await post(services, PAYMENTS[name])

    assert not before.known and posted.created
    assert told_apart(before.decision, posted.decision) == []


def test_a_difference_that_matters_is_no_rounding() -> None:
    assert rounds(Difference("share", 0.2380952380952381, 0.23809523809523808))
    assert rounds(Difference("value", "8571.428571", "8571.428572"))
    assert not rounds(Difference("share", 0.238, 0.239)) and not rounds(Difference("value", "1", "1.1"))
    assert not rounds(Difference("severity", "low", "none")) and not rounds(Difference("skipped", None, "clear"))


async def test_a_preview_lands_nothing_and_records_only_that_it_was_asked(
    services: Services, cypher: neo4j.Session
) -> None:
    await preview(services, replace(pay("a", "b", 5, id="seen"), purpose="for Jane Doe"))

    assert cypher.run("MATCH (n) WHERE NOT n:Counter RETURN count(n) AS n").single(strict=True)["n"] == 0
    async with services.ledger.read() as connection:
        events = await audit.list_events(connection)
    assert [event.action for event in events] == ["book.shipped", "transaction.previewed"]
    assert (events[1].subject, events[1].body["severity"]) == ("acct:seen", "none")
    assert "Jane" not in str(events[1].body)


async def test_of_a_known_payment_the_recorded_decision_is_the_answer(services: Services, taxonomy: Taxonomy) -> None:
    payment = pay("a", "b", 5)
    posted = await post(services, payment)
    await label(services.graph, taxonomy, a="sanctions")

    found = await preview(services, payment)

    assert found.known and found.decision == posted.decision


async def test_other_content_is_the_conflict_that_posting_it_would_be(services: Services) -> None:
    payment = replace(pay("a", "b", 5, id="same"), purpose="rent")
    await post(services, payment)

    for other in (pay("a", "b", 6, id="same"), replace(payment, purpose="other")):
        with pytest.raises(TransactionConflict):
            await preview(services, other)


async def test_a_withdrawn_payment_keeps_its_decision_as_when_it_lands_again(services: Services) -> None:
    payment = pay("a", "b", 5)
    posted = await post(services, payment)
    await withdraw_transaction(services, payment.key, reason=None, actor="test")

    found = await preview(services, replace(payment, at=payment.at.replace(hour=3)))

    assert found.known and found.decision == posted.decision


async def test_what_landed_and_was_not_decided_is_decided_as_the_post_would(services: Services) -> None:
    payment = pay("a", "b", 5)
    await land_transactions(services.graph, [payment])

    found = await preview(services, payment)
    posted = await post(services, payment)

    assert not found.known
    assert told_apart(found.decision, posted.decision) == []


async def test_history_without_a_decision_has_none_in_a_preview(services: Services) -> None:
    payment = pay("a", "b", 5)
    [landing] = await land_transactions(services.graph, [payment])
    async with services.ledger.transaction() as connection:
        await record_landed(connection, [(payment, landing)], waived=True)

    assert await preview(services, payment) == Previewed(payment.key, True, None)
