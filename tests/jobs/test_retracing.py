"""What marks reach is scored from own flows and stored levels: as a whole count has it to the bit, or not at all."""

from __future__ import annotations

import neo4j
import numpy as np
import pytest
from msgspec.structs import replace

from graph import sums
from graph.errors import Disturbed
from graph.levels import LevelFormat, Levels, unpack
from graph.marks import reach, read_marks
from graph.model import WalletScore
from graph.score_store import claim_scores, store_rescores
from graph.surroundings import read_surroundings
from graph.taxonomy import Taxonomy, load_taxonomy
from graph.withdrawal import withdraw_transaction
from jobs import recomputing
from jobs.recounting import recount_scores
from jobs.services import Services
from ledger.jobs import list_jobs
from ledger.rescores import run_state
from ledger.scores import find_scores
from tests.builders import key, label, land, pay, transfer
from tests.jobs.test_rescreening import drain, finish, score, stored, unlabel

PAYMENTS = (
    pay("thief", "a", 30),
    pay("clean", "a", 71),
    pay("a", "hub", 50, day=1),
    pay("swap", "hub", 7),
    pay("hub", "b", 11, day=2),
    pay("b", "c", 3, day=3),
    pay("c", "shop", 2, day=4),
    transfer({"thief": 5, "b": 9, "d": 1}, {"c": 8, "b": 4, "e": 3}, day=5),
    pay("far", "away", 1),
)


@pytest.fixture
async def scored(services: Services, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch) -> Services:
    """A run over a graph with stops, wallets that are passed, and a pool."""
    monkeypatch.setattr(sums, "MAX_PAIRS", 3)
    await land(services.graph, *PAYMENTS)
    await label(services.graph, taxonomy, thief="scam", shop="exchange", swap="dex")
    await score(services)
    return services


@pytest.fixture
def fallbacks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many wallets were traced anew each time that was needed."""
    called: list[int] = []
    score_many = recomputing.score_many

    async def counting(services: Services, keys: list[str], **more: object) -> object:
        called.append(len(keys))
        return await score_many(services, keys, **more)

    monkeypatch.setattr(recomputing, "score_many", counting)
    return called


def said(score: WalletScore) -> dict[str, object]:
    return {name: getattr(score, name) for name in score.__struct_fields__ if name not in ("watermark", "scored_at")}


async def odd(services: Services, cypher: neo4j.Session, hops: int = 3) -> list[str]:
    """Wallets whose stored score or levels are not those of a count of the whole graph, down to the bit."""
    about = "MATCH (w:Wallet) RETURN w.key AS key, w.source_levels AS source, w.destination_levels AS destination"
    levels = {row["key"]: (row["source"], row["destination"]) for row in cypher.run(about)}
    async with services.ledger.read() as connection:
        run = (await run_state(connection)).run
        assert run is not None
        known = await find_scores(connection, run, list(levels))
    whole = await recount_scores(services, list(levels), hops=hops, run=run, watermark=0)
    now = {one.wallet: (said(one), *map(sorted_entries, whole.levels[one.wallet])) for one in whole.scores}
    have = {wallet: (said(one), *map(sorted_entries, levels[wallet])) for wallet, one in known.items()}
    return sorted(wallet for wallet in levels if have.get(wallet) != now[wallet])


def sorted_entries(written: bytes | None) -> tuple[bytes, ...]:
    assert written is not None
    return written[:8], *sorted(written[at : at + 10] for at in range(8, len(written), 10))


async def test_changes_of_every_kind_end_where_a_whole_count_does(
    scored: Services, taxonomy: Taxonomy, cypher: neo4j.Session, fallbacks: list[int]
) -> None:
    await land(scored.graph, pay("a", "hub", 2), pay("new", "a", 4), pay("b", "newer", 1))
    await drain(scored)
    assert await odd(scored, cypher) == []

    await label(scored.graph, taxonomy, clean="mixer", b="dex")
    await drain(scored)
    assert await odd(scored, cypher) == []

    await unlabel(scored, taxonomy, "thief")
    await land(scored.graph, transfer({"e": 5, "far": 9, "a": 1}, {"hub": 8, "far": 4, "away": 3}))
    await drain(scored)

    assert await odd(scored, cypher) == []
    assert fallbacks == [], "nothing was traced anew"


async def test_a_stored_level_that_is_wrong_would_be_believed(
    scored: Services, cypher: neo4j.Session, fallbacks: list[int]
) -> None:
    swapped = "MATCH (a:Wallet {key: $a}), (c:Wallet {key: $c}) SET a.source_levels = c.source_levels"
    cypher.run(swapped, a=key("a"), c=key("clean"))
    await land(scored.graph, pay("swap", "hub", 1))

    await drain(scored)

    assert {key("a"), key("hub")} <= set(await odd(scored, cypher)) and not fallbacks


@pytest.mark.parametrize("written", [None, b"\0", LevelFormat(("end", "passed"), 3).head("another")])
async def test_without_levels_of_its_run_a_wallet_is_traced_anew(
    scored: Services, cypher: neo4j.Session, fallbacks: list[int], written: bytes | None
) -> None:
    cypher.run("MATCH (w:Wallet {key: $key}) SET w.source_levels = $written", key=key("a"), written=written)
    await land(scored.graph, pay("swap", "hub", 1))

    await drain(scored)

    assert len(fallbacks) == 1 and fallbacks[0] > 0
    assert (await stored(scored, "hub")).source["categories"]["scam"][0] == pytest.approx(50 / 58 * 30 / 101)


async def test_who_was_near_a_wallet_that_was_illicit_is_counted_when_the_way_there_is_withdrawn(
    services: Services, taxonomy: Taxonomy, cypher: neo4j.Session, fallbacks: list[int]
) -> None:
    way = pay("middle", "thief", 1)
    await land(services.graph, pay("a", "middle", 1), way)
    await label(services.graph, taxonomy, thief="scam")
    await score(services)
    assert (await stored(services, "a")).hop_counts == (0, 0, 1)

    await unlabel(services, taxonomy, "thief")
    await withdraw_transaction(services.graph, way.key, None)
    await drain(services)

    assert (await stored(services, "a")).hop_counts == (0, 0, 0)
    assert await odd(services, cypher) == [] and not fallbacks


async def test_of_a_wallet_further_on_only_the_flows_that_are_felt_are_read(scored: Services) -> None:
    await land(scored.graph, pay("swap", "a", 1))
    reached = await reach(scored.graph, await read_marks(scored.graph), 3)

    found = await read_surroundings(scored.graph, reached.source, "source")

    # a is paid by thief, clean and now swap; of hub's payers only a changed, of b's only hub.
    assert (len(found.whole.values), found.counted) == (3, 1)
    assert sorted(zip(found.felt.sources.tolist(), found.felt.values.tolist(), strict=True)) == [
        (0, 50_000_000),
        (1 + sorted(reached.source.further).index(key("hub")), 11_000_000),
    ]


async def test_a_store_that_does_not_go_with_the_flows_is_not_added_to(
    scored: Services, cypher: neo4j.Session, fallbacks: list[int]
) -> None:
    emptied = "MATCH (w:Wallet {key: $key}) SET w.source_levels = $head"
    async with scored.ledger.read() as connection:
        run = (await run_state(connection)).run
    cypher.run(emptied, key=key("hub"), head=LevelFormat.of(load_taxonomy(), 3).head(str(run))).consume()
    await land(scored.graph, pay("thief", "a", 1))

    await drain(scored)

    assert len(fallbacks) == 1
    async with scored.ledger.read() as connection:
        [healing] = await list_jobs(connection, name="score_graph", state="queued", limit=5)
    await finish(scored, healing)
    assert await odd(scored, cypher) == [], "the run that was asked for has written all of it anew"


async def test_who_has_begun_before_another_writes_nothing(scored: Services, cypher: neo4j.Session) -> None:
    async with scored.ledger.read() as connection:
        run = (await run_state(connection)).run
        assert run is not None
        known = await find_scores(connection, run, [key("a"), key("hub")])
    moved = [replace(one, score=0.5) for one in known.values()]
    halves = "MATCH (w:Wallet) WHERE w.score = 0.5 RETURN count(w) AS n"

    late, later = await claim_scores(scored.graph), await claim_scores(scored.graph)
    with pytest.raises(Disturbed):
        await store_rescores(scored.graph, moved, {}, late)
    assert cypher.run(halves).single(strict=True)["n"] == 0

    await store_rescores(scored.graph, moved, {}, later)
    assert cypher.run(halves).single(strict=True)["n"] == 2


def test_what_is_written_is_read_back(taxonomy: Taxonomy) -> None:
    form = LevelFormat.of(taxonomy, 3)
    levels = Levels.of(form, taxonomy, ["", "scam", "dex", ""], np.asarray([5, 0, 5, 0]))
    levels.add(1, ["scam"], np.asarray([0, 1, 3]), np.asarray([[7, 9, 0]]))
    levels.add(3, ["scam"], np.asarray([0]), np.asarray([[4]]))

    read = unpack(form, "run", levels.pack(4, "run"))

    assert read is not None
    scam, end, passed = (form.kinds.index(kind) for kind in ("scam", "end", "passed"))
    assert {(*map(int, at), int(read.given[tuple(at)])) for at in np.argwhere(read.given)} == {
        (0, scam, 1, 1 << 60),
        (0, passed, 2, 1 << 60),
        (0, end, 3, 1 << 60),
        (1, scam, 0, 7),
    }, "a stopping wallet gives nothing on but itself, and nobody asks for the last level"
    assert {(*map(int, at), int(read.met[tuple(at)])) for at in np.argwhere(read.met)} == {
        (1, scam, 0, 7),
        (1, scam, 1, 9),
        (3, scam, 0, 4),
    }, "what it met is known of every wallet, at every level"
    assert unpack(form, "other", levels.pack(4, "run")) is None
    assert unpack(LevelFormat.of(taxonomy, 4), "run", levels.pack(4, "run")) is None
