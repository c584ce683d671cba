"""A withdrawn transaction stops counting and stays on record; posted again it counts again, under its decision."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from msgspec.structs import replace

from graph.attribution_lists import attributions_about
from graph.errors import NotFound
from graph.ingest import land_transactions
from graph.model import Decision, Transaction
from graph.taxonomy import Taxonomy
from graph.transactions import get_transaction
from graph.withdrawal import Withdrawal
from graph.withdrawal import withdraw_transaction as withdraw_from_graph
from jobs.screening import Screened, screen_transactions
from jobs.services import Services
from jobs.verifying import verify_ledger
from jobs.withdrawing import withdraw_transaction
from ledger import audit
from ledger.attributions import record_attribution_changes, recorded_change
from ledger.changes import TransactionChange, list_changes
from ledger.decisions import find_decision
from ledger.errors import NotRecorded
from ledger.jobs import create_job, list_jobs
from ledger.runs import create_run, finish_run
from tests.builders import START, key, label, pay

PAYMENT = pay("thief", "a", 10, id="p")
LATER = pay("thief", "a", 10, id="p", day=2)


@pytest.fixture
async def posted(services: Services, taxonomy: Taxonomy) -> Decision:
    """The payment from a scam, decided, with its alert."""
    await label(services.graph, taxonomy, thief="scam")
    said = await attributions_about(services.graph, [key("thief")])
    async with services.ledger.transaction() as connection:
        await record_attribution_changes(connection, list(map(recorded_change, said)))
    return decision_of(await post(services, PAYMENT))


async def post(services: Services, *given: Transaction) -> list[Screened]:
    return await screen_transactions(services, given, actor="poster", trace_id="trace")


def decision_of(outcomes: list[Screened]) -> Decision:
    [outcome] = outcomes
    assert outcome.decision is not None
    return outcome.decision


async def withdraw(services: Services, reason: str | None = "reorganised") -> Withdrawal:
    return await withdraw_transaction(services, PAYMENT.key, reason=reason, actor="withdrawer")


async def changes(services: Services) -> list[TransactionChange]:
    async with services.ledger.read() as connection:
        return await list_changes(connection, [PAYMENT.key])


async def kinds(services: Services) -> list[tuple[int, str]]:
    return [(change.seq, change.kind) for change in await changes(services)]


async def events(services: Services) -> list[tuple[str, str, bool | None]]:
    """Actor, action and whether it was mended, of all events about the payment."""
    async with services.ledger.read() as connection:
        found = await audit.list_events(connection, subject=PAYMENT.key)
    return [(event.actor, event.action, event.body.get("mended")) for event in found]


async def basis_withdrawn_at(services: Services) -> datetime | None:
    async with services.ledger.read() as connection:
        rows = await (await connection.execute("SELECT basis_withdrawn_at AS at FROM alerts")).fetchall()
    [row] = rows
    found: datetime | None = row["at"]
    return found


async def holds(services: Services) -> bool:
    return (await verify_ledger(services, lambda text: None)).findings == []


async def test_a_withdrawal_is_recorded_and_the_decision_stays(services: Services, posted: Decision) -> None:
    done = await withdraw(services)

    [change] = await changes(services)
    assert (change.seq, change.kind, change.reason, change.actor) == (
        done.seq,
        "withdrawn",
        "reorganised",
        "withdrawer",
    )
    found = await get_transaction(services.graph, PAYMENT.key)
    assert (found.withdrawn_at, found.reason) == (done.at, "reorganised")
    async with services.ledger.read() as connection:
        assert await find_decision(connection, PAYMENT.key) == posted
    assert await basis_withdrawn_at(services) is not None
    assert await events(services) == [
        ("poster", "transaction.decided", None),
        ("withdrawer", "transaction.withdrawn", False),
    ]
    assert await holds(services)


async def test_a_withdrawal_can_be_repeated_and_the_first_stands(services: Services, posted: Decision) -> None:
    first = await withdraw(services)
    since = await basis_withdrawn_at(services)
    again = await withdraw(services, reason="something else")

    assert again == replace(first, was_known=True)
    assert [change.reason for change in await changes(services)] == ["reorganised"]
    assert len(await events(services)) == 2
    assert await basis_withdrawn_at(services) == since


async def test_what_never_landed_cannot_be_withdrawn(services: Services) -> None:
    with pytest.raises(NotFound, match="acct:p"):
        await withdraw(services)


async def test_a_landing_that_was_never_acknowledged_is_posted_first(services: Services) -> None:
    await land_transactions(services.graph, [PAYMENT])
    with pytest.raises(NotRecorded, match="post it again"):
        await withdraw(services)
    assert (await get_transaction(services.graph, PAYMENT.key)).withdrawn_at is None

    await post(services, PAYMENT)
    assert not (await withdraw(services)).was_known


async def test_a_crash_between_graph_and_ledger_is_mended_by_withdrawing_again(
    services: Services, posted: Decision
) -> None:
    await withdraw_from_graph(services.graph, PAYMENT.key, "first reason")
    assert not await holds(services), "a missing record is found"

    again = await withdraw(services, reason="second reason")

    [change] = await changes(services)
    assert (change.seq, change.reason) == (again.seq, "first reason")
    assert (await events(services))[1:] == [("withdrawer", "transaction.withdrawn", True)]
    assert await basis_withdrawn_at(services) is not None
    assert await holds(services)


@pytest.mark.parametrize("payment", [PAYMENT, LATER], ids=["the same", "at another time"])
async def test_posted_again_it_lands_again_under_its_decision(
    services: Services, posted: Decision, payment: Transaction
) -> None:
    withdrawal = await withdraw(services)
    [outcome] = await post(services, payment)

    assert (outcome.created, outcome.seq, outcome.decision) == (True, withdrawal.seq + 1, posted)
    _, change = await changes(services)
    assert (change.seq, change.kind, change.actor) == (outcome.seq, "relanded", "poster")
    assert change.body is not None and payment.at.isoformat()[:10] in change.body
    assert await basis_withdrawn_at(services) is None
    assert (await events(services))[2:] == [("poster", "transaction.relanded", False)]
    found = await get_transaction(services.graph, PAYMENT.key)
    assert (found.at, found.seq, found.withdrawn_at) == (payment.at, outcome.seq, None)
    assert [span.withdrawn_seq for span in found.spans] == [withdrawal.seq, None]
    assert [span.at for span in found.spans] == [START, payment.at]
    assert await holds(services)

    [known] = await post(services, payment)
    assert (known.created, known.seq, known.decision) == (False, outcome.seq, posted)
    assert len(await changes(services)) == 2


async def test_what_counts_is_not_landed_again_at_another_time(services: Services, posted: Decision) -> None:
    [outcome] = await post(services, LATER)

    assert outcome.error is not None and await changes(services) == []


async def test_other_content_does_not_land_in_its_place(services: Services, posted: Decision) -> None:
    await withdraw(services)
    [other] = await post(services, pay("thief", "a", 11, id="p"))
    [texted] = await post(services, replace(PAYMENT, purpose="rent"))

    assert other.error is not None and texted.error is not None
    assert len(await changes(services)) == 1
    assert (await get_transaction(services.graph, PAYMENT.key)).withdrawn_at is not None


async def test_a_crash_after_landing_again_is_mended_by_posting_again(services: Services, posted: Decision) -> None:
    await withdraw(services)
    await land_transactions(services.graph, [LATER])
    assert await basis_withdrawn_at(services) is not None

    [outcome] = await post(services, LATER)

    assert (outcome.created, outcome.decision) == (False, posted)
    assert await kinds(services) == [(outcome.seq - 1, "withdrawn"), (outcome.seq, "relanded")]
    assert await basis_withdrawn_at(services) is None
    assert await holds(services)


async def test_posting_again_also_records_the_withdrawal_that_a_crash_left_out(
    services: Services, posted: Decision
) -> None:
    await withdraw_from_graph(services.graph, PAYMENT.key, None)
    [outcome] = await post(services, LATER)

    assert await kinds(services) == [(outcome.seq - 1, "withdrawn"), (outcome.seq, "relanded")]
    assert [(action, mended) for _, action, mended in (await events(services))[1:]] == [
        ("transaction.withdrawn", True),
        ("transaction.relanded", False),
    ]
    assert await basis_withdrawn_at(services) is None
    assert await holds(services)


async def test_several_changes_left_out_are_recorded_in_order(services: Services, posted: Decision) -> None:
    for payment in (LATER, PAYMENT):
        await withdraw_from_graph(services.graph, PAYMENT.key, None)
        await land_transactions(services.graph, [payment])

    last = await withdraw(services)

    assert [kind for _, kind in await kinds(services)] == [
        "withdrawn",
        "relanded",
        "withdrawn",
        "relanded",
        "withdrawn",
    ]
    assert (await changes(services))[-1].seq == last.seq
    assert await basis_withdrawn_at(services) is not None, "the last change decides"
    assert await holds(services)


async def test_a_batch_lands_again_once(services: Services, posted: Decision) -> None:
    await withdraw(services)
    first, second, other = await post(services, LATER, LATER, pay("c", "d", 1, id="new"))

    assert (first.created, second.created, other.created) == (True, False, True)
    assert first.seq == second.seq and first.decision == second.decision == posted
    assert len(await changes(services)) == 2


async def test_concurrent_posts_and_withdrawals_leave_one_history(services: Services, posted: Decision) -> None:
    payments = [PAYMENT if turn % 2 else LATER for turn in range(6)]
    await asyncio.gather(*(post(services, payment) for payment in payments), *(withdraw(services) for _ in range(6)))

    found = await get_transaction(services.graph, PAYMENT.key)
    numbers = [n for span in found.spans for n in (span.seq, span.withdrawn_seq) if n not in (None, found.spans[0].seq)]
    assert [seq for seq, _ in await kinds(services)] == numbers
    assert (await basis_withdrawn_at(services) is None) == (found.withdrawn_at is None)
    assert await holds(services)


async def test_scores_are_looked_at_again_once_there_are_any(services: Services, posted: Decision) -> None:
    async def rescreens() -> int:
        async with services.ledger.read() as connection:
            return len(await list_jobs(connection, name="rescreen"))

    await withdraw(services)
    assert await rescreens() == 0, "nothing was scored yet"
    async with services.ledger.transaction() as connection:
        scoring = await create_job(connection, "score_graph", {})
        run = await create_run(connection, job=scoring.id, hops=3, policy="default-1")
        await finish_run(connection, run.id, watermark=1, wallets=2)
    await post(services, PAYMENT)
    assert await rescreens() == 1
    await withdraw(services)
    assert await rescreens() == 1, "one that waits will do"
