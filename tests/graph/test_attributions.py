"""What sources say of a wallet: all kept, one decides, and the graph shows which."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import neo4j
import pytest
from msgspec.structs import replace

from graph.attributions import Recorded, attribution_id, attributions_about, record_attributions
from graph.model import Attribution
from graph.session import Graph
from graph.taxonomy import Taxonomy, ranked_attributions
from tests.builders import key, land, pay
from tests.instants import before_an_instant

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def claim(category: str, **given: Any) -> Attribution:
    drawn = Attribution(id="", wallet=key("w"), category=category, source="drawn", **given)
    return replace(drawn, id=attribution_id(drawn))


async def record(graph: Graph, taxonomy: Taxonomy, *claims: Attribution) -> Recorded:
    return await record_attributions(graph, claims, taxonomy, author="somebody")


def cached(cypher: neo4j.Session, name: str = "w") -> tuple[str | None, set[str], str | None]:
    """Category, labels but Wallet and Stale, and the deciding attribution of a wallet."""
    row = cypher.run(
        "MATCH (w:Wallet {key: $key}) RETURN w.category AS c, labels(w) AS l, w.attribution AS a", key=key(name)
    ).single(strict=True)
    return row["c"], set(row["l"]) - {"Wallet", "Stale"}, row["a"]


DECIDES = {
    "an official listing above a graver claim": [
        claim("sanctions", official=True, confidence=0.6),
        claim("terrorism_financing", confidence=1.0),
        claim("sanctions", confidence=1.0),
    ],
    "an official listing of low confidence too": [
        claim("sanctions", official=True, confidence=0.1),
        claim("scam", confidence=1.0),
    ],
    "the graver of two illicit ones": [claim("ransomware", confidence=0.5), claim("scam", confidence=1.0)],
    "illicit at 0.5 above a sure service": [claim("mixer", confidence=0.5), claim("exchange", confidence=1.0)],
    "a surer service above illicit below 0.5": [claim("exchange", confidence=0.6), claim("scam", confidence=0.49)],
    "official only counts for sanctions": [
        claim("scam", confidence=0.9),
        claim("exchange", official=True, confidence=1.0),
    ],
    "a doubt where nothing else is said": [claim("scam", confidence=0.2)],
    "the surer of two services": [claim("gambling", confidence=0.9), claim("exchange", confidence=0.8)],
    "what is in force above what ended": [
        claim("exchange", confidence=0.3),
        claim("sanctions", official=True, valid_to=NOW - DAY),
    ],
    "what is in force above what has not begun": [
        claim("exchange", confidence=0.3),
        claim("sanctions", official=True, valid_from=NOW + DAY),
    ],
    "a span that holds now": [
        claim("theft", valid_from=NOW - DAY, valid_to=NOW + DAY),
        claim("exchange"),
    ],
}
LABEL = {"illicit": {"Illicit"}, "service": {"Service"}, "neutral": set()}


@pytest.mark.parametrize("claims", DECIDES.values(), ids=DECIDES)
@pytest.mark.parametrize("one_by_one", [False, True], ids=["together", "backwards"])
async def test_what_decides_is_cached_in_any_order_of_recording(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session, claims: list[Attribution], one_by_one: bool
) -> None:
    for batch in [[c] for c in reversed(claims)] if one_by_one else [claims]:
        await record(graph, taxonomy, *batch)

    first = claims[0]
    assert cached(cypher) == (first.category, LABEL[taxonomy.get(first.category).class_], first.id)
    kept = await attributions_about(graph, [key("w")])
    assert {a.id for a in kept} == {c.id for c in claims}, "what was outranked is kept"
    assert ranked_attributions(kept, datetime.now(UTC), taxonomy)[0].id == first.id


async def test_a_pass_through_category_has_no_label(graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session) -> None:
    await record(graph, taxonomy, claim("dex"))

    assert cached(cypher)[:2] == ("dex", set())


@pytest.mark.parametrize(
    ("claims", "labels"),
    [
        (["gambling@0.3", "scam@0.6"], [{"Service"}, {"Illicit"}]),
        (["scam@0.3", "exchange@0.9"], [{"Illicit"}, {"Service"}]),
        (["scam@0.3", "dex@0.9"], [{"Illicit"}, set()]),
        (["exchange@0.3", "dex@0.9"], [{"Service"}, set()]),
    ],
)
async def test_labels_follow_the_decision_both_ways(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session, claims: list[str], labels: list[set[str]]
) -> None:
    for text, expected in zip(claims, labels, strict=True):
        category, _, confidence = text.partition("@")
        await record(graph, taxonomy, claim(category, confidence=float(confidence)))
        assert cached(cypher)[:2] == (category, expected)


async def test_nothing_in_force_is_no_category(graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session) -> None:
    async def in_force(soon: datetime) -> tuple[str | None, set[str]]:
        await record(graph, taxonomy, claim("scam", valid_to=soon))
        return cached(cypher)[:2]

    _, found = await before_an_instant(cypher, in_force)
    assert found == ("scam", {"Illicit"})

    await record(graph, taxonomy, claim("theft", valid_to=NOW - DAY))

    assert cached(cypher) == (None, set(), None)


async def test_the_same_file_twice_records_once(graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session) -> None:
    claims = [claim("scam"), claim("exchange"), claim("scam", note="again")]

    first = await record(graph, taxonomy, *claims, claims[0])
    again = await record(graph, taxonomy, *claims)

    ids = tuple(claim.id for claim in claims)
    assert (first.recorded, first.known, first.seq) == (3, 1, 3)
    assert (first.ids, first.changed) == ((*ids, ids[0]), (key("w"),))
    assert again == Recorded(0, 3, 3, first.at, (), ids)
    assert await graph.watermark() == 3
    rows = cypher.run("MATCH (a:Attribution) RETURN a.seq AS seq, a.recorded_at AS at ORDER BY seq")
    assert [row["seq"] for row in rows] == [1, 2, 3]


async def test_all_that_was_said_comes_back(graph: Graph, taxonomy: Taxonomy) -> None:
    said = claim(
        "scam",
        actor="Fake Phishing 7",
        confidence=0.75,
        official=True,
        valid_from=NOW - 2 * DAY,
        valid_to=NOW + DAY,
        note="seen twice",
    )

    await record(graph, taxonomy, said)

    [found] = await attributions_about(graph, [key("w")])
    assert found.recorded_at is not None and found.recorded_at >= NOW
    assert (found.author, found.seq, found.withdrawn_seq, found.supersedes) == ("somebody", 1, None, None)
    assert replace(found, recorded_at=None, author=None, seq=None) == said


async def test_an_unseen_wallet_is_created_and_a_seen_one_keeps_its_sums(
    graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    await land(graph, pay("w", "x", 5))

    await record(graph, taxonomy, claim("scam"), replace(claim("exchange"), wallet=key("new")))

    rows = cypher.run("MATCH (w:Wallet) RETURN w.address AS a, w.network AS n, w.out_value AS v ORDER BY a")
    assert [tuple(row.values()) for row in rows] == [
        ("new", "acct", 0),
        ("w", "acct", 5_000_000),
        ("x", "acct", 0),
    ]


async def test_many_sources_at_once_leave_one_decision(graph: Graph, taxonomy: Taxonomy, cypher: neo4j.Session) -> None:
    claims = [claim(c, confidence=0.5 + i / 20) for i, c in enumerate(("scam", "exchange", "theft", "mixer", "dex"))]

    done = await asyncio.gather(*(record(graph, taxonomy, c, claims[0]) for c in claims))

    assert sum(recorded.recorded for recorded in done) == 5
    assert cached(cypher)[:2] == ("theft", {"Illicit"})
    seqs = cypher.run("MATCH (a:Attribution) RETURN collect(a.seq) AS s").single(strict=True)["s"]
    assert sorted(seqs) == [1, 2, 3, 4, 5]
