"""Chunks screened one behind the other: in order, each payment as if alone, none spoilt by another."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from msgspec.structs import replace

from graph.errors import InvalidInput, TransactionConflict, Unavailable
from graph.model import Transaction
from graph.session import open_graph
from jobs.screening import Screened
from jobs.screening_steps import Posted
from jobs.screening_stream import Outcome, screen_chunks
from jobs.services import Services
from ledger import audit
from settings import Settings
from tests.builders import pay

# Two such payments are more than 64 bits hold.
HUGE = 5 * 10**12


def posted(*given: Transaction) -> list[Posted]:
    return [Posted(one, "tester", "trace") for one in given]


async def screened(services: Services, *chunks: Sequence[Posted]) -> list[list[Outcome]]:
    async def all_chunks() -> AsyncGenerator[Sequence[Posted], None]:
        for chunk in chunks:
            yield chunk

    return [list(outcomes) async for outcomes in screen_chunks(services, all_chunks())]


async def test_chunks_land_and_are_decided_and_audited_in_order(services: Services) -> None:
    payments = [pay(f"s{n}", f"r{n}", n + 1, id=f"t{n}") for n in range(24)]

    found = await screened(services, *(posted(*payments[first : first + 4]) for first in range(0, 24, 4)))

    assert [len(outcomes) for outcomes in found] == [4] * 6
    done = [one for outcomes in found for one in outcomes if isinstance(one, Screened)]
    assert [one.transaction for one in done] == [f"acct:t{n}" for n in range(24)]
    assert [one.seq for one in done] == list(range(1, 25))
    async with services.ledger.read() as connection:
        events = await audit.list_events(connection, after=0, limit=100)
    decided = [event.subject for event in events if event.action == "transaction.decided"]
    assert decided == [one.transaction for one in done]


async def test_an_empty_chunk_has_no_outcomes(services: Services) -> None:
    assert [len(one) for one in await screened(services, [], posted(pay("a", "b", 1)), [])] == [0, 1, 0]


async def test_what_cannot_land_spoils_nothing_for_its_chunk_nor_for_the_next(services: Services) -> None:
    first = posted(pay("a", "b", HUGE, id="huge"), pay("c", "d", 1, id="good"))
    second = posted(pay("a", "b", HUGE, id="too-much"), pay("c", "d", 2, id="good"), pay("c", "d", 2, id="fine"))

    found = await screened(services, first, second, posted(pay("e", "f", 1, id="last")))

    assert [type(one) for one in found[0]] == [Screened, Screened]
    refused, conflict, fine = found[1]
    assert isinstance(refused, InvalidInput) and refused.errors[0].field == "value"
    assert isinstance(conflict, Screened) and isinstance(conflict.error, TransactionConflict)
    assert isinstance(fine, Screened) and fine.created and fine.decision
    assert isinstance(found[2][0], Screened) and found[2][0].decision


async def test_after_an_outage_nothing_more_is_tried(services: Services, settings: Settings) -> None:
    nowhere = replace(settings.graph, neo4j_uri="bolt://127.0.0.1:1")
    async with open_graph(nowhere) as graph:
        gone = replace(services, graph=graph)
        chunks = [posted(pay("a", "b", 1, id=f"t{n}"), pay("a", "b", 1, id=f"u{n}")) for n in range(9)]
        found = await screened(gone, *chunks)

    assert [[type(one) for one in outcomes] for outcomes in found] == [[Unavailable] * 2] * 9


async def test_a_payment_seen_again_in_a_later_chunk_keeps_its_decision(services: Services) -> None:
    again = posted(pay("a", "b", 1, id="same"))

    [[first], [second]] = await screened(services, again, again)

    assert isinstance(first, Screened) and isinstance(second, Screened)
    assert (first.created, second.created) == (True, False)
    assert second.decision and first.decision and second.decision.id == first.decision.id
