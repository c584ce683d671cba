"""Changes that arrive while scores are computed: once the marks are worked off, all is as a fresh count has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import neo4j
import pytest

from graph import marks, sums, surroundings
from graph.errors import Disturbed
from graph.marks import count_marks
from graph.score_store import claim_scores, store_scores
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs import recomputing, recounting, rescreening, scoring
from jobs.services import Services
from ledger.jobs import list_jobs
from tests.builders import key, label, land, pay
from tests.jobs.test_rescreening import drain, finish, score, stored
from tests.jobs.test_retracing import fallbacks, odd
from tests.meddling import World, meddle_with

__all__ = ["fallbacks"]

PAYMENTS = (
    pay("thief", "a", 30),
    pay("clean", "a", 71),
    pay("a", "hub", 50, day=1),
    pay("swap", "hub", 7),
    pay("hub", "z", 11, day=2),
    pay("thief", "x", 50),
    pay("clean", "x", 50),
    pay("x", "hub", 100, day=1),
    pay("R", "hub", 2, day=1),
    pay("z", "w", 3, day=3),
    pay("thief", "w", 9),
)


@pytest.fixture
async def scored(services: Services, taxonomy: Taxonomy) -> Services:
    await land(services.graph, *PAYMENTS)
    await label(services.graph, taxonomy, thief="scam", swap="dex")
    await score(services)
    return services


def once(monkeypatch: pytest.MonkeyPatch, door: Graph, query: str, change: Callable[[], Any]) -> None:
    """Have `change` happen right before a query is asked for the first time."""
    waiting = [change]
    for name in ("read", "batched"):
        ask = getattr(door, name)

        async def asked(named: str, *, ask: Any = ask, **parameters: Any) -> Any:
            if named == query and waiting:
                await waiting.pop()()
            return await ask(named, **parameters)

        monkeypatch.setattr(door, name, asked)


async def nothing(*_: Any) -> dict[str, Any]:
    return {}


def everybody(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return row, {"others": [], "given": []}


def small_batches(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """So few marks are worked off at a time, and all of them from a count of the whole graph."""
    for module in (recomputing, rescreening):
        monkeypatch.setattr(module, "BATCH", size)
    monkeypatch.setattr(recounting, "SINGLY", 0)


@pytest.mark.parametrize("guarded", [True, False])
async def test_what_a_count_of_the_whole_graph_has_seen_is_not_added_once_more(
    scored: Services, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """The first marks reach hub, counted with what a gives now; the mark of a is worked off only then.

    hub has met the same of x, so that no term is below 0 where what a gave before is taken off once too often.
    """
    small_batches(monkeypatch, 4)
    await land(scored.graph, pay("Q", "R", 1), pay("S", "T", 3), pay("thief", "a", 40))
    assert sorted(mark.key for mark in await marks.read_marks(scored.graph, 4)) == [key(name) for name in "QRST"]

    if not guarded:
        monkeypatch.setattr(recomputing, "marked_since", nothing)
    await drain(scored)

    true = pytest.approx((50 * 70 / 141 + 50) / 159)
    assert ((await stored(scored, "hub")).source["categories"]["scam"][0] == true) is guarded
    assert (await odd(scored, cypher) == []) is guarded


async def test_a_run_during_which_money_moved_leaves_nothing_to_trace_anew(
    scored: Services, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, fallbacks: list[int]
) -> None:
    """What a payer has met itself is true whatever it has paid meanwhile."""
    graph = scored.graph
    with monkeypatch.context() as patched:
        once(patched, graph, "categories_present", lambda: land(graph, pay("a", "z", 9)))
        await score(scored)
    assert await count_marks(graph) == 2

    await drain(scored)

    assert await odd(scored, cypher) == [] and not fallbacks


@pytest.mark.parametrize("guarded", [True, False])
async def test_what_a_run_has_read_before_a_label_is_not_taken_off_after_it(
    scored: Services, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, fallbacks: list[int], guarded: bool
) -> None:
    """clean has no category when wallets are read, and one when it is pushed: a has met what clean does not give."""
    with monkeypatch.context() as patched:
        once(patched, scored.graph, "categories_present", lambda: label(scored.graph, scored.taxonomy, clean="mixer"))
        if not guarded:
            patched.setattr(scoring, "marked_since", nothing)
        await score(scored)

    await drain(scored)

    assert await odd(scored, cypher) == []
    assert (not fallbacks) is guarded, "what does not go with the flows is found, and traced anew"


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_label_further_on_that_comes_while_marks_are_worked_off_waits_for_its_own(
    scored: Services, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """z is reached by the last flow: w is not, and has met what z gave before. It has met as much of thief."""
    await land(scored.graph, pay("thief", "a", 5))
    with monkeypatch.context() as patched:
        once(patched, scored.graph, "retrace_source", lambda: label(scored.graph, scored.taxonomy, z="scam"))
        if not guarded:
            patched.setattr(surroundings, "_sorted_out", everybody)
        await drain(scored)

    assert (await odd(scored, cypher) == []) is guarded


async def test_a_wallet_that_comes_while_marks_are_worked_off_waits_for_its_own(
    scored: Services, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, fallbacks: list[int]
) -> None:
    graph = scored.graph
    await land(graph, pay("clean", "a", 3))
    newcomers = pay("a", "newcomer", 9), pay("other", "a", 1), pay("newcomer", "hub", 1)
    with monkeypatch.context() as patched:
        once(patched, graph, "reach_source", lambda: land(graph, *newcomers))
        await drain(scored)

    assert await odd(scored, cypher) == [] and not fallbacks
    assert (await stored(scored, "newcomer")).illicit_source_share > 0


async def test_who_is_overtaken_by_a_run_writes_nothing_and_leaves_its_marks(
    scored: Services, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool] = []
    store = rescreening.store_rescores

    async def overtaken(*given: Any) -> None:
        if not tried:
            await claim_scores(scored.graph, is_run=True)
        tried.append(True)
        await store(*given)

    monkeypatch.setattr(rescreening, "store_rescores", overtaken)
    await land(scored.graph, pay("thief", "a", 5))
    await drain(scored)

    assert len(tried) == 2 and await odd(scored, cypher) == []


async def test_a_run_that_is_late_writes_nothing_and_is_not_stopped_by_a_re_screening(
    scored: Services, cypher: neo4j.Session
) -> None:
    columns: dict[str, Any] = {name: [0.5] for name in ("scores", "hop_scores", "sources", "destinations")}
    columns |= {"keys": [key("a")], "illicit_neighbours": [0], "source_levels": [b""], "destination_levels": [b""]}
    halves = "MATCH (w:Wallet) WHERE w.score = 0.5 RETURN count(w) AS n"

    late, later = [await claim_scores(scored.graph, is_run=True) for _ in range(2)]
    await claim_scores(scored.graph)
    with pytest.raises(Disturbed):
        await store_scores(scored.graph, **columns, run="late", watermark=1, claim=late)
    assert cypher.run(halves).single(strict=True)["n"] == 0

    await store_scores(scored.graph, **columns, run="later", watermark=1, claim=later)
    assert cypher.run(halves).single(strict=True)["n"] == 1


async def first_wrong(
    services: Services, cypher: neo4j.Session, world: World, *, hops: int, rounds: int
) -> list[str] | None:
    """Work marks off and score while the world changes; the wallets that are wrong after, as soon as there are any."""
    for _ in range(12):
        await world.land_one()
    await label(world.graph, world.taxonomy, a="scam", b="scam")
    await score(services, hops)
    meddle_with(services.graph, world.meddle)
    for _ in range(rounds):
        for _ in range(world.random.randint(1, 3)):
            await world.change()
        world.left = world.random.randint(1, 4)
        await (score(services, hops) if world.random.random() < 0.25 else drain(services))
        world.left = 0
        await at_rest(services)
        if wrong := await odd(services, cypher, hops):
            return wrong
    return None


async def at_rest(services: Services) -> None:
    """Work off what is left, with the runs that were asked for."""
    while True:
        async with services.ledger.read() as connection:
            waiting = await list_jobs(connection, name="score_graph", state="queued", limit=5)
        for job in waiting:
            await finish(services, job)
        if not await count_marks(services.graph):
            return
        await drain(services)


@pytest.fixture
def world(graph: Graph, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    return World(graph, taxonomy, seed=20_261_121)


@pytest.mark.parametrize("batch", [None, 4])
async def test_whatever_changes_in_between_ends_where_a_whole_count_does(
    services: Services, cypher: neo4j.Session, world: World, monkeypatch: pytest.MonkeyPatch, batch: int | None
) -> None:
    if batch:
        small_batches(monkeypatch, batch)

    assert await first_wrong(services, cypher, world, hops=3, rounds=6) is None, world


async def test_marks_taken_away_though_they_were_renewed_are_found(
    services: Services, cypher: neo4j.Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def careless(graph: Graph, _: Any) -> int:
        return await marks.clear_marks(graph, await marks.read_marks(graph))

    monkeypatch.setattr(rescreening, "clear_marks", careless)

    assert await first_wrong(services, cypher, world, hops=3, rounds=30), world
