"""What the questions for Neo4j Browser answer on a drawn graph."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from graph.attributions import attributions_about, withdraw_attributions
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.builders import START, key, label, land, pay

SOON = datetime(2100, 1, 1, tzinfo=UTC)


async def test_paths_are_shown_as_they_were_known(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft", swap="dex", shop="exchange")
    await land(graph, pay("thief", "swap", 9, id="1"), pay("swap", "w", 5, id="2", day=1), pay("swap", "w", 6, id="3"))
    await land(graph, pay("thief", "shop", 9), pay("shop", "w", 9), pay("thief", "late", 9, day=2), pay("late", "w", 9))
    done = await withdraw_transaction(graph, key("2"))
    asked = {"key": key("w"), "hops": 3, "least": 1, "limit": 9, "as_of": SOON, "known_at": SOON}

    now = await graph.read("browse_paths", **asked)
    then = await graph.read("browse_paths", **asked | {"known_at": done.at - timedelta(microseconds=1)})
    early = await graph.read("browse_paths", **asked | {"as_of": START - timedelta(days=1)})

    assert [(row["bottleneck"], row["hops"], row["source"]) for row in now] == [(6_000_000, 2, key("thief"))]
    assert [step["transaction"] for step in now[0]["moved"]] == [key("1"), key("3")]
    assert [row["bottleneck"] for row in then] == [6_000_000, 5_000_000]
    assert early == []
    assert await graph.read("browse_paths", **asked | {"hops": 1}) == []
    assert await graph.read("browse_paths", **asked | {"least": 6_000_001}) == []


async def test_a_path_shows_when_the_money_moved_as_it_was_believed_then(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="theft")
    paid = pay("thief", "w", 5, id="t", day=1)
    await land(graph, paid)
    done = await withdraw_transaction(graph, paid.key)
    await land(graph, replace(paid, at=START + timedelta(days=5)))
    asked = {"key": key("w"), "hops": 3, "least": 1, "limit": 9, "as_of": SOON}

    [now] = await graph.read("browse_paths", known_at=SOON, **asked)
    [then] = await graph.read("browse_paths", known_at=done.at - timedelta(microseconds=1), **asked)

    assert [row["moved"][0]["at"].to_native() for row in (now, then)] == [START + timedelta(days=n) for n in (5, 1)]


async def test_changes_since_a_watermark_come_in_order(graph: Graph, taxonomy: Taxonomy) -> None:
    await land(graph, pay("a", "b", 1, id="before"))
    since = await graph.watermark()
    lost = pay("a", "b", 5, id="lost")
    await land(graph, lost, pay("a", "b", 7, id="gone"))
    await label(graph, taxonomy, a="scam")
    await withdraw_transaction(graph, key("gone"), "reorganised")
    await withdraw_transaction(graph, lost.key)
    await land(graph, lost)
    [listed] = await attributions_about(graph, [key("a")])
    await withdraw_attributions(graph, [listed.id], taxonomy)

    rows = await graph.read("browse_changes", since=since, limit=50)

    assert [(row["change"], row["key"], row["detail"]) for row in rows] == [
        ("landed", key("gone"), "7 USD"),
        ("attributed", key("a"), "scam, actor of a, by drawn"),
        ("withdrawn", key("gone"), "reorganised"),
        ("landed again", key("lost"), "5 USD"),
        ("no longer attributed", key("a"), "scam, actor of a, by drawn"),
    ]
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)
    assert len(await graph.read("browse_changes", since=since, limit=2)) == 2
    assert await graph.read("browse_changes", since=rows[-1]["seq"], limit=50) == []


async def test_attributions_show_both_times(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, a="scam", b="mixer")
    [listed] = await attributions_about(graph, [key("a")])
    done = await withdraw_attributions(graph, [listed.id], taxonomy)

    now = await graph.read("browse_attributions", key=key("a"), as_of=SOON, known_at=SOON)
    before = done.at - timedelta(microseconds=1)
    then = await graph.read("browse_attributions", key=key("a"), as_of=SOON, known_at=before)

    assert [(row["in_force"], row["category"], row["withdrawn_at"]) for row in now] == [(False, "scam", done.at)]
    assert [row["in_force"] for row in then] == [True]
    assert (now[0]["author"], now[0]["id"]) == ("drawer", listed.id)
