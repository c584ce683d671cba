"""What the audit log costs: the part of a decision's time that goes into appending its events, singly and in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from bench.figures import Figure, Sizes, Watch
from bench.ground import BenchError, Ground
from bench.live import load_demo, sample_wallets
from bench.screening import CHUNK, draw_payments
from graph.model import Transaction
from jobs.screening import screen_transactions
from jobs.services import Services
from ledger import audit
from ledger.event_feed import get_head

NAME, MOST_SHARE = "appending", 0.15


async def measure_appending(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Screen payments between wallets of the demo, and append the same events alone after each."""
    services = ground.services
    await load_demo(services, ground.report)
    keys = await sample_wallets(services, replace(sizes, asked=100 * sizes.asked))
    drawn = draw_payments(keys, services.settings.reference_currency, sizes.seed)
    ground.report(f"{NAME}: one at a time")
    singly = await _share(services, drawn, 1, sizes.asked, "one payment")
    size = min(CHUNK, sizes.asked)
    ground.report(f"{NAME}: {size} at a time")
    return [singly, await _share(services, drawn, size, max(3, 5 * sizes.asked // size), f"{size} payments")]


async def _share(services: Services, drawn: Iterator[Transaction], size: int, rounds: int, what: str) -> Figure:
    """Medians of screening so many at once, and of appending what that appended; lock, hashes, rows, outbox, notice."""
    whole, part = Watch(), Watch()
    warm_up = max(1, rounds // 10)
    for _ in range(warm_up + rounds):
        before = await _head(services)
        with whole:
            done = await screen_transactions(services, list(islice(drawn, size)), actor="bench", trace_id="bench")
        if not all(one.created and one.decision for one in done):
            raise BenchError("a payment was not landed and decided")
        await _append_again(services, before, part)
    whole.times, part.times = whole.times[warm_up:], part.times[warm_up:]
    share = part.median / whole.median
    return Figure(
        bench=NAME,
        name=f"audit append in the time of {what}",
        ours=share,
        unit="share",
        target=f"at most {MOST_SHARE:g}",
        met=share <= MOST_SHARE,
        note=f"medians of {rounds}: {part.median * 1000:.2f} ms of {whole.median * 1000:.2f} ms",
    )


async def _append_again(services: Services, after: int, watch: Watch) -> None:
    """Time the append of events like those just appended, in a transaction of their own, without its commit."""
    async with services.ledger.read() as connection:
        events = await audit.list_events(connection, after=after, limit=10_000)
    drafts = [audit.EventDraft(event.actor, event.action, event.subject, event.body) for event in events]
    async with services.ledger.transaction() as connection:
        with watch:
            await audit.append(connection, *drafts)


async def _head(services: Services) -> int:
    async with services.ledger.read() as connection:
        return await get_head(connection)
