"""What the questions for Neo4j Browser about flows answer on a drawn graph, and the colours they are drawn in."""

from __future__ import annotations

import re

from graph.catalog import FOLDER, load_catalog
from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.builders import key, label, land, pay


async def test_money_is_followed_to_where_it_stops(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, shop="exchange")
    await land(graph, pay("w", "a", 6), pay("a", "shop", 6), pay("shop", "far", 6), pay("w", "b", 4))

    rows = await graph.read("browse_destinations", key=key("w"), min_share=0.01, limit=9)
    wide = await graph.read("browse_destinations", key=key("w"), min_share=0.5, limit=9)

    assert [(row["share"], row["hops"], row["destination"]) for row in rows] == [
        (0.6, 2, key("shop")),
        (0.4, 1, key("b")),
    ]
    assert [row["destination"] for row in wide] == [key("shop")]


async def test_a_ring_is_found_once_and_by_its_smallest_flow(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, shop="exchange")
    await land(graph, pay("w", "a", 9), pay("a", "b", 7), pay("b", "w", 8), pay("w", "shop", 9), pay("shop", "w", 9))

    rows = await graph.read("browse_cycles", key=key("w"), least=1, limit=9)

    assert [(row["bottleneck"], row["wallets"]) for row in rows] == [(7_000_000, [key("w"), key("a"), key("b")])]
    assert await graph.read("browse_cycles", key=key("w"), least=7_000_001, limit=9) == []


async def test_common_counterparties_are_those_that_both_deal_with(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, shop="exchange")
    await land(graph, pay("a", "shop", 3), pay("shop", "a", 2), pay("b", "shop", 9), pay("a", "c", 1), pay("c", "b", 1))
    await land(graph, pay("a", "alone", 8), pay("a", "b", 7))

    rows = await graph.read("browse_common_counterparties", key=key("a"), other=key("b"), limit=9)
    none = await graph.read("browse_common_counterparties", key=key("a"), other=key("alone"), limit=9)

    assert [(row["counterparty"], row["value"], row["other_value"]) for row in rows] == [
        (key("shop"), 5_000_000, 9_000_000),
        (key("c"), 1_000_000, 1_000_000),
    ]
    assert none == []


def test_each_question_says_how_to_set_its_parameters() -> None:
    # `:params {…}` would make floats of numbers and texts of datetime().
    for query in load_catalog().values():
        if query.folder == "browser":
            head = (FOLDER / "browser" / f"{query.name}.cypher").read_text()
            assert re.findall(r"^//   :param (\w+) => .+$", head, re.MULTILINE) == list(query.parameters), query.name


async def test_a_transaction_shows_both_sides(graph: Graph) -> None:
    await land(graph, pay("a", "b", 1, id="t"))

    rows = await graph.read("browse_transaction", key=key("t"), limit=9)

    assert [(row["side"], row["wallet"]) for row in rows] == [("source", key("a")), ("destination", key("b"))]


def test_the_style_sheet_has_the_colours_of_the_workbench() -> None:
    colours = set(re.findall(r"#[0-9a-f]{6}", (FOLDER / "browser/headwater.grass").read_text()))
    tokens = (FOLDER.parent / "web/src/style/tokens.css").read_text()
    light = set(re.findall(r"light-dark\((#[0-9a-f]{6})", tokens))

    assert colours
    assert colours <= light
