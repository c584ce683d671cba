"""Who claims a delivery has it until the lease runs out; what comes later from them changes nothing."""

from __future__ import annotations

from ledger import audit, deliveries, webhooks
from ledger.deliveries import Claimed, Outcome
from ledger.outbox import relay_page
from ledger.session import Ledger
from ledger.webhooks import Wanted

HOOK = "whk_1"


async def queued(ledger: Ledger, count: int = 1) -> None:
    """A webhook with events queued for it."""
    wanted = Wanted(name="x", url="https://example.com/", types=["alert.*"], in_flight=1)
    async with ledger.transaction() as connection:
        await webhooks.create_webhook(connection, HOOK, wanted, actor="ann")
        drafts = [audit.EventDraft("t", "alert.opened", f"alr_{number}", {}) for number in range(count)]
        await audit.append(connection, *drafts)
    async with ledger.transaction() as connection:
        assert (await relay_page(connection)).deliveries == count


async def claim(ledger: Ledger, lease_s: float, limit: int = 10) -> list[Claimed]:
    async with ledger.transaction() as connection:
        return await deliveries.claim_due(connection, HOOK, limit=limit, lease_s=lease_s)


async def settle(ledger: Ledger, claimed: Claimed, **said: object) -> list[int]:
    outcome = {"seq": claimed.event.seq, "claim": claimed.claim, "state": "delivered", "status": 204} | said
    async with ledger.transaction() as connection:
        return await deliveries.settle(connection, HOOK, [Outcome(**outcome)])  # type: ignore[arg-type]


async def state(ledger: Ledger) -> tuple[str, int]:
    async with ledger.read() as connection:
        [one] = (await deliveries.list_deliveries(connection, HOOK))[0]
    return one.state, one.attempts


async def test_what_is_claimed_is_nobody_elses_until_its_lease_runs_out(ledger: Ledger) -> None:
    await queued(ledger, 3)

    assert [one.event.seq for one in await claim(ledger, 60)] == [1, 2, 3]
    assert await claim(ledger, 60) == []


async def test_a_late_outcome_does_not_count_once_somebody_else_has_the_delivery(ledger: Ledger) -> None:
    """The first is slow, its lease runs out, the second claims: only the second says what became of it."""
    await queued(ledger)
    [first], [second] = await claim(ledger, 0), await claim(ledger, 60)

    assert second.claim > first.claim and await settle(ledger, first) == []
    assert await state(ledger) == ("pending", 0)
    assert await settle(ledger, second, state="failed", status=500, error="answered 500") == [1]
    assert await settle(ledger, second) == [] and await state(ledger) == ("failed", 1)


async def test_asking_again_is_not_swallowed_by_what_is_under_way(ledger: Ledger) -> None:
    """Asked for again while it is being sent: it is sent once more, whatever comes of the first."""
    await queued(ledger)
    [first] = await claim(ledger, 60)
    async with ledger.transaction() as connection:
        assert await deliveries.queue_again(connection, HOOK, 1)

    assert await settle(ledger, first) == [] and await state(ledger) == ("pending", 0)
    assert [one.event.seq for one in await claim(ledger, 60)] == [1]


async def test_what_was_not_tried_goes_back_to_its_place(ledger: Ledger) -> None:
    """Given back unsent it is due before what was appended after it, and no attempt is counted."""
    await queued(ledger, 2)
    [first, _] = await claim(ledger, 0)
    await settle(ledger, first, state="pending", tried=False, status=None)

    assert [one.event.seq for one in await claim(ledger, 60, limit=1)] == [1]
    async with ledger.read() as connection:
        listed = (await deliveries.list_deliveries(connection, HOOK))[0]
    assert [(one.attempts, one.first_at) for one in listed] == [(0, None)] * 2
