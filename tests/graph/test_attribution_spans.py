"""Attributions in time: withdrawn, superseded and listed again, each with its number, instant and mark."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import neo4j
import pytest
from msgspec.structs import replace

from graph import attributions
from graph.attribution_lists import Asked, attributions_about, get_attribution, list_attributions
from graph.attributions import (
    attribution_id,
    record_attributions,
    refresh_attributions,
    withdraw_attributions,
)
from graph.errors import InvalidInput, NotFound
from graph.model import Attribution
from graph.session import Graph
from graph.taxonomy import Taxonomy, current_attribution
from tests.builders import key, label, land, pay
from tests.instants import before_an_instant

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def claim(category: str, wallet: str = "w", **given: Any) -> Attribution:
    drawn = Attribution(id="", wallet=key(wallet), category=category, **({"source": "drawn"} | given))
    return replace(drawn, id=attribution_id(drawn))


async def record(graph: Graph, taxonomy: Taxonomy, *claims: Attribution) -> attributions.Recorded:
    return await record_attributions(graph, claims, taxonomy, author="somebody")


def wallet(cypher: neo4j.Session, name: str = "w") -> dict[str, Any]:
    row = cypher.run("MATCH (w:Wallet {key: $key}) RETURN w, labels(w) AS labels", key=key(name)).single(strict=True)
    return dict(row["w"]) | {"labels": set(row["labels"]) - {"Wallet"}}


def categories(cypher: neo4j.Session) -> dict[str, str]:
    """Wallet name -> cached category, for those that have one."""
    rows = cypher.run("MATCH (w:Wallet) WHERE w.category IS NOT NULL RETURN w.address AS a, w.category AS c")
    return {row["a"]: row["c"] for row in rows}


def drawn_claim(random: Random, names: tuple[str, ...], standing: list[Attribution]) -> Attribution:
    """A claim of few kinds, so that they collide; sometimes in place of another, sometimes valid in the past only."""
    name = random.choice(names)
    others = [a.id for a in standing if a.wallet == key(name)]
    made = claim(
        random.choice(("scam", "theft", "exchange", "dex", "odd")),
        name,
        confidence=random.choice((0.4, 0.9)),
        valid_to=random.choice((None, None, NOW - DAY)),
    )
    if others and random.random() < 0.4:
        old = random.choice(others)
        return made if old.startswith(made.id) else replace(made, supersedes=old)
    return made


def marks(cypher: neo4j.Session) -> dict[str, tuple[int, bool, bool]]:
    """Wallet name -> version of its mark, whether its category changed, whether it turned to or from illicit."""
    rows = cypher.run(
        "MATCH (w:Stale) RETURN w.address AS a, w.stale AS v, w.stale_category AS c, w.stale_illicit AS i"
    )
    return {row["a"]: (row["v"], bool(row["c"]), bool(row["i"])) for row in rows}


async def test_a_withdrawn_attribution_stays_known_and_no_longer_decides(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    scam, exchange = claim("scam"), claim("exchange")
    first = await record(graph, taxonomy, scam, exchange)

    done = await withdraw_attributions(graph, [scam.id], taxonomy)

    assert (done.withdrawn, done.known, done.seq, done.ids, done.changed) == (1, 0, 3, (scam.id,), (key("w"),))
    assert done.at > first.at
    found = await get_attribution(graph, scam.id)
    assert (found.withdrawn_at, found.withdrawn_seq, found.seq) == (done.at, 3, 1)
    assert (wallet(cypher)["category"], wallet(cypher)["labels"]) == ("exchange", {"Service", "Stale"})


async def test_withdrawing_is_repeatable_and_an_unknown_id_withdraws_nothing(graph: Graph, taxonomy: Taxonomy) -> None:
    scam, theft = claim("scam"), claim("theft")
    await record(graph, taxonomy, scam, theft)
    first = await withdraw_attributions(graph, [scam.id], taxonomy)

    again = await withdraw_attributions(graph, [scam.id, scam.id], taxonomy)
    with pytest.raises(NotFound, match="attribution att_nobody"):
        await withdraw_attributions(graph, [theft.id, "att_nobody"], taxonomy)

    assert (again.withdrawn, again.known, again.seq, again.at, again.changed) == (0, 1, 3, first.at, ())
    assert (await get_attribution(graph, scam.id)).withdrawn_at == first.at
    assert (await get_attribution(graph, theft.id)).withdrawn_at is None


async def test_what_was_withdrawn_and_comes_again_is_another_attribution(graph: Graph, taxonomy: Taxonomy) -> None:
    scam = claim("scam")
    ids = []
    for _ in range(3):
        ids += (await record(graph, taxonomy, scam)).ids
        await withdraw_attributions(graph, ids[-1:], taxonomy)

    assert ids == [scam.id, scam.id + "-2", scam.id + "-3"]
    spans = [await get_attribution(graph, name) for name in ids]
    times = [at for span in spans for at in (span.recorded_at, span.withdrawn_at)]
    assert times == sorted(set(times)), "spans of one content follow each other"


async def test_in_force_it_is_known_under_the_id_it_has(graph: Graph, taxonomy: Taxonomy) -> None:
    scam = claim("scam")
    await record(graph, taxonomy, scam)
    await withdraw_attributions(graph, [scam.id], taxonomy)
    await record(graph, taxonomy, scam)

    again = await record(graph, taxonomy, scam, scam)

    assert (again.recorded, again.known, again.ids) == (0, 2, (scam.id + "-2",) * 2)


async def test_superseding_ends_one_span_and_begins_another_at_one_instant(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    unknown = claim("phishing_kit")
    await record(graph, taxonomy, unknown)
    better = claim("scam", supersedes=unknown.id)

    done = await record(graph, taxonomy, better)
    again = await record(graph, taxonomy, better)

    old, new = [await get_attribution(graph, name) for name in (unknown.id, better.id)]
    assert old.withdrawn_at == new.recorded_at == done.at
    assert (new.seq, old.withdrawn_seq, new.supersedes) == (2, 3, unknown.id)
    assert (again.recorded, again.known, again.seq) == (0, 1, 3)
    assert wallet(cypher)["category"] == "scam"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (claim("theft", supersedes="att_nobody"), "is not an attribution of"),
        (claim("theft", "other", supersedes=claim("scam").id), f"is not an attribution of {key('other')}"),
        (claim("scam", supersedes=claim("scam").id), "says the same"),
        (claim("theft", supersedes=claim("mixer").id), "was withdrawn already"),
    ],
    ids=["unknown", "about another wallet", "itself", "withdrawn"],
)
async def test_what_cannot_be_superseded_is_named_and_nothing_is_recorded(
    graph: Graph, taxonomy: Taxonomy, wrong: Attribution, says: str
) -> None:
    await record(graph, taxonomy, claim("scam"), claim("mixer"))
    await withdraw_attributions(graph, [claim("mixer").id], taxonomy)

    with pytest.raises(InvalidInput, match=says) as alone:
        await record(graph, taxonomy, wrong)
    with pytest.raises(InvalidInput) as among:
        await record(graph, taxonomy, claim("dex", "new"), wrong)

    assert [error.field for error in alone.value.errors] == ["supersedes"]
    assert [error.field for error in among.value.errors] == ["[1].supersedes"]
    assert await graph.watermark() == 3


async def test_instants_rise_strictly_with_numbers_even_if_the_clock_stands_still(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    cypher.run("MATCH (c:Counter {name: 'graph'}) SET c.at = $ahead", ahead=ahead).consume()
    try:
        await record(graph, taxonomy, claim("scam"))
        await land(graph, pay("a", "w", 1))
        await withdraw_attributions(graph, [claim("scam").id], taxonomy)
        await record(graph, taxonomy, claim("theft"))
    finally:
        cypher.run("MATCH (c:Counter {name: 'graph'}) REMOVE c.at").consume()

    rows = cypher.run(
        "MATCH (n) WHERE n.seq IS NOT NULL AND NOT n:Counter"
        " UNWIND [[n.seq, n.recorded_at], [n.withdrawn_seq, n.withdrawn_at]] AS span"
        " WITH span[0] AS seq, span[1] AS at WHERE seq IS NOT NULL RETURN at ORDER BY seq"
    )
    instants = [row["at"].to_native() for row in rows]
    assert len(instants) == 4
    assert instants == sorted(set(instants)) and instants[0] > ahead
    assert wallet(cypher)["category"] == "theft", "what was recorded ahead of the clock decides at once"


async def test_history_tells_what_was_believed_at_each_instant(graph: Graph, taxonomy: Taxonomy) -> None:
    """Two clocks: what was true when, and what was known when."""
    began = NOW - 10 * DAY
    before = datetime.now(UTC)
    first = await record(graph, taxonomy, claim("exchange"))
    second = await record(graph, taxonomy, claim("sanctions", official=True, valid_from=began))
    third = await withdraw_attributions(graph, second.ids, taxonomy)

    kept = await attributions_about(graph, [key("w")])

    def category(valid_at: datetime, known_at: datetime) -> str | None:
        found = current_attribution(kept, valid_at, taxonomy, known_at=known_at)
        return found and found.category

    assert category(NOW, before) is None, "nothing was known yet"
    assert category(NOW, first.at) == "exchange"
    assert category(NOW, second.at) == "sanctions"
    assert category(began, second.at) == "sanctions", "spans include their beginning"
    assert category(began - timedelta(microseconds=1), second.at) == "exchange", "the listing had not begun"
    assert category(NOW, third.at) == "exchange", "a withdrawal holds from its own instant"
    assert category(NOW, third.at - timedelta(microseconds=1)) == "sanctions"


async def test_only_another_category_marks_a_wallet(graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session) -> None:
    done = await record(graph, taxonomy, claim("scam", "a"), claim("exchange", "b"), claim("odd", "c"))
    assert set(done.changed) == {key("a"), key("b")}
    # A wallet that is new to the graph has no stored score yet, so it is marked whatever is said of it.
    assert marks(cypher) == {"a": (1, True, True), "b": (1, True, False), "c": (0, False, False)}

    cypher.run("MATCH (w:Stale) REMOVE w:Stale, w.stale_category, w.stale_illicit").consume()
    same = await record(graph, taxonomy, claim("scam", "a", actor="x"), claim("exchange", "b", confidence=0.5))
    assert (same.changed, marks(cypher)) == ((), {})

    other = await record(graph, taxonomy, claim("theft", "a"), claim("scam", "b"))
    assert set(other.changed) == {key("a"), key("b")}
    assert marks(cypher) == {"a": (2, True, False), "b": (2, True, True)}

    await withdraw_attributions(graph, [claim("theft", "a").id, *done.ids[:1], *same.ids[:1]], taxonomy)
    assert marks(cypher) == {"a": (3, True, True), "b": (2, True, True)}
    assert wallet(cypher, "a").get("category") is None


async def test_a_bound_that_passed_is_applied_once(graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session) -> None:
    async def early(soon: datetime) -> tuple[attributions.Recorded, attributions.Refreshed]:
        begins, ends = claim("sanctions", "a", official=True, valid_from=soon), claim("scam", "b", valid_to=soon)
        recorded = await record(graph, taxonomy, begins, ends, claim("dex", "c", valid_from=NOW + DAY))
        return recorded, await refresh_attributions(graph, taxonomy)

    soon, (first, nothing) = await before_an_instant(cypher, early)
    assert first.changed == (key("b"),)
    assert (nothing.changed, nothing.seq, nothing.at) == ((), 3, first.at)

    done = await refresh_attributions(graph, taxonomy)
    again = await refresh_attributions(graph, taxonomy)

    assert (done.changed, done.seq) == ((key("a"), key("b")), 4)
    assert done.at > first.at and soon <= done.valid_at <= again.valid_at
    assert (again.changed, again.seq, again.at) == ((), 4, done.at)
    assert (wallet(cypher, "a")["category"], wallet(cypher, "b").get("category")) == ("sanctions", None)
    assert marks(cypher) == {"a": (1, True, True), "b": (2, True, True), "c": (0, False, False)}


async def test_a_bound_of_what_was_withdrawn_or_is_outranked_changes_nothing(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    async def early(soon: datetime) -> None:
        gone, outranked = claim("scam", "a", valid_from=soon), claim("dex", "b", confidence=0.1, valid_from=soon)
        await record(graph, taxonomy, gone, outranked, claim("theft", "b"))
        await withdraw_attributions(graph, [gone.id], taxonomy)

    await before_an_instant(cypher, early)

    done = await refresh_attributions(graph, taxonomy)

    assert (done.changed, done.seq) == ((), 4)
    assert wallet(cypher, "b")["category"] == "theft"


async def test_any_unit_applies_what_passed_so_that_all_caches_hold_for_one_instant(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    async def early(soon: datetime) -> attributions.Recorded:
        return await record(graph, taxonomy, claim("scam", "a", valid_to=soon))

    await before_an_instant(cypher, early)

    done = await record(graph, taxonomy, claim("scam", "b"))

    assert set(done.changed) == {key("a"), key("b")}
    assert wallet(cypher, "a").get("category") is None


async def test_an_unknown_category_is_kept_and_decides_nothing(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    odd = claim("phishing_kit")

    done = await record(graph, taxonomy, odd, claim("dex", confidence=0.1))

    assert done.recorded == 2
    assert wallet(cypher)["category"] == "dex"
    listed, _ = await list_attributions(graph, Asked(review=True), taxonomy, limit=10)
    assert [a.id for a in listed] == [odd.id]
    await record(graph, taxonomy, claim("scam", supersedes=odd.id))
    assert await list_attributions(graph, Asked(review=True), taxonomy, limit=10) == ([], None)


async def test_every_filter_keeps_what_it_says(graph: Graph, taxonomy: Taxonomy) -> None:
    """Each filter alone and with a wallet, where another road is taken, against the same by hand."""
    given = [
        claim("scam", "a", source="x"),
        claim("scam", "b", source="y", valid_to=NOW - DAY),
        claim("odd", "a", source="x"),
        claim("exchange", "b", source="x"),
    ]
    first = await record(graph, taxonomy, *given)
    withdrawn = await withdraw_attributions(graph, [given[3].id], taxonomy)
    scam_a, scam_b, odd, exchange = (a.id for a in given)

    async def ids(**asked: Any) -> list[str]:
        plain, ended = await list_attributions(graph, Asked(**asked), taxonomy, limit=10)
        assert ended is None
        if "wallet" not in asked:
            by_wallet = [await ids(**asked, wallet=key(name)) for name in ("a", "b")]
            assert sorted(name for one in by_wallet for name in one) == sorted(a.id for a in plain)
        return [a.id for a in plain]

    assert await ids() == [exchange, odd, scam_b, scam_a]
    assert await ids(category="scam") == [scam_b, scam_a]
    assert await ids(source="x") == [exchange, odd, scam_a]
    assert await ids(source="x", category="scam") == [scam_a]
    assert await ids(in_force=True) == [odd, scam_a]
    assert await ids(in_force=False) == [exchange, scam_b]
    assert await ids(review=True) == [odd]
    assert await ids(review=False) == [exchange, scam_b, scam_a]
    assert await ids(known_at=first.at - timedelta(microseconds=1)) == []
    assert await ids(in_force=True, known_at=first.at) == [exchange, odd, scam_a]
    assert await ids(in_force=True, known_at=withdrawn.at) == [odd, scam_a]


async def test_pages_follow_each_other_without_loss(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, a="scam", b="scam", c="dex", d="scam", e="dex")

    for asked in (Asked(), Asked(source="drawn"), Asked(category="scam")):
        whole, _ = await list_attributions(graph, asked, taxonomy, limit=10)
        pages: list[Attribution] = []
        before: int | None = None
        while len(pages) < len(whole):
            page, before = await list_attributions(graph, asked, taxonomy, limit=2, before_seq=before)
            pages += page
        assert (pages, before) == (whole, None)


async def test_two_who_record_the_same_at_once_record_it_once(graph: Graph, taxonomy: Taxonomy) -> None:
    claims = [claim("scam", name) for name in "abcdefgh"]

    done = await asyncio.gather(*(record(graph, taxonomy, *order) for order in (claims, claims[::-1], claims[2:])))

    assert sum(recorded.recorded for recorded in done) == 8
    assert await graph.watermark() == 8


async def test_landing_and_attributing_the_same_wallets_at_once_do_not_block_each_other(
    graph: Graph, taxonomy: Taxonomy
) -> None:
    """Both lock wallets in order of key and the counter last."""
    names = [f"n{i}" for i in range(6)]

    async def attribute(turn: int) -> None:
        order = names if turn % 2 else names[::-1]
        await record(graph, taxonomy, *(claim("scam", name, source=f"s{turn}") for name in order))
        await withdraw_attributions(graph, [claim("scam", names[0], source=f"s{turn}").id], taxonomy)

    async def pay_round(turn: int) -> None:
        await land(graph, *(pay(a, b, 1, id=f"{turn}-{a}") for a, b in zip(names, names[::-1], strict=True)))

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(turn) for turn in range(6) for work in (attribute, pay_round)))

    assert await graph.watermark() == 6 * 6 + 6 + 6 * 6


@pytest.mark.parametrize("seed", range(4))
async def test_history_gives_what_the_cache_gave_after_every_step(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session, seed: int
) -> None:
    """Record, supersede, withdraw and refresh at random; then ask the past for each wallet at each instant."""
    random = Random(seed)
    names = ("a", "b", "c")
    told: list[tuple[datetime, dict[str, Any]]] = []
    for _ in range(25):
        kept = await attributions_about(graph, [key(name) for name in names])
        standing = [a for a in kept if a.withdrawn_at is None]
        if standing and random.random() < 0.35:
            done = await withdraw_attributions(graph, [random.choice(standing).id], taxonomy)
        else:
            done = await record(graph, taxonomy, drawn_claim(random, names, standing))
        assert not told or done.at >= told[-1][0]
        told.append((done.at, categories(cypher)))

    kept = await attributions_about(graph, [key(name) for name in names])
    for at, then in told:
        for name in names:
            about = [a for a in kept if a.wallet == key(name)]
            found = current_attribution(about, at, taxonomy, known_at=at)
            assert (found and found.category) == then.get(name), (seed, at, name)
    assert len({repr(then) for _, then in told}) > 3, "a history in which nothing happens proves nothing"
