"""What-ifs, sources and counterfactuals on the wire, and what-ifs kept with a case."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from graph.model import Attribution
from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.api.conftest import fields, problem
from tests.api.test_cases import opened
from tests.builders import attribute, key, land, pay

URL = "/api/v1/wallets/acct:a"
EXCHANGE: dict[str, Any] = {"categories": [{"wallet": "acct:m", "category": "exchange"}]}


@pytest.fixture
async def drawn(graph: Graph, taxonomy: Taxonomy) -> None:
    """A thief that a blog names, and one that the police does, pay a; the first through m."""
    blog = Attribution(id="", wallet=key("thief"), category="theft", source="blog", confidence=0.5)
    police = Attribution(id="", wallet=key("robber"), category="theft", source="police")
    await attribute(graph, taxonomy, blog, police)
    await land(graph, pay("thief", "m", 8), pay("m", "a", 8), pay("robber", "a", 2))


@pytest.mark.usefixtures("drawn")
async def test_exposure_is_split_by_source_and_confidence(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"{URL}/exposure")).json()

    assert [(one["source"], round(one["share"], 9), one["value"]) for one in body["sources"]] == [
        ("blog", 0.8, "8"),
        ("police", 0.2, "2"),
    ]
    assert body["sources"][0]["illicit"] == pytest.approx({"low": 0, "likely": 0.4, "high": 0.8})
    assert body["illicit"] == pytest.approx({"low": 0.2, "likely": 0.6, "high": 1.0})
    assert body["categories"][0]["confidence"] == pytest.approx({"low": 0.2, "likely": 0.6, "high": 1.0})


@pytest.mark.usefixtures("drawn")
async def test_methods_are_told_side_by_side(client: httpx.AsyncClient, graph: Graph) -> None:
    """a pays b nearly all it has: haircuts see the police's theft in proportion, FIFO the blog's first."""
    await land(graph, pay("a", "b", 8))

    body = (await client.get("/api/v1/wallets/acct:b/methods")).json()
    fifo = (await client.get("/api/v1/wallets/acct:b/exposure", params={"method": "fifo"})).json()
    refused = await client.get(f"{URL}/exposure", params={"method": "fifo", "pool_above": 5})

    assert [(one["method"], one["conserves"]) for one in body["methods"]] == [
        ("haircut", True),
        ("time_ordered_haircut", True),
        ("fifo", True),
        ("poison", False),
    ]
    assert (body["severity"], body["sensitive_to_method"]) == ("high", False)
    assert all(one["above"] for one in body["methods"])
    assert (fifo["method"], [one["source"] for one in fifo["sources"]]) == ("fifo", ["blog"])
    assert fields(problem(refused, 422, "invalid-input")) == ["pool_above"]


async def test_methods_that_disagree_are_marked(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> None:
    await attribute(graph, taxonomy, Attribution(id="", wallet=key("thief"), category="theft", source="police"))
    await land(graph, pay("clean", "w", 10, day=1), pay("w", "b", 10, day=2), pay("thief", "w", 1, day=3))

    body = (await client.get("/api/v1/wallets/acct:b/methods")).json()

    assert body["sensitive_to_method"]
    assert {one["method"]: one["above"] for one in body["methods"]} == {
        "haircut": False,
        "time_ordered_haircut": False,
        "fifo": False,
        "poison": True,
    }


@pytest.mark.usefixtures("drawn")
async def test_each_source_tells_what_would_be_without_it(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"{URL}/sources")).json()

    blog, police = body["sources"]
    assert (blog["part"]["source"], blog["without"]["illicit_share"]) == ("blog", pytest.approx(0.2))
    assert (police["part"]["source"], police["without"]["illicit_share"]) == ("police", pytest.approx(0.8))
    assert blog["without"]["score"] - body["score"] == pytest.approx(blog["without"]["score_change"])
    assert blog["without"]["score_change"] < police["without"]["score_change"] < 0


@pytest.mark.usefixtures("drawn")
async def test_what_if_tells_both_sides_by_side(client: httpx.AsyncClient, graph: Graph) -> None:
    watermark = await graph.watermark()
    body = (await client.post(f"{URL}/what-if", json={"suppose": EXCHANGE})).json()

    assert [(c["category"], c["share"]) for c in body["before"]["categories"]] == [("theft", 1.0)]
    assert [(c["category"], c["share"]) for c in body["after"]["categories"]] == [("exchange", 0.8), ("theft", 0.2)]
    assert body["before"]["score"] > body["after"]["score"] > 0
    assert (body["watermark"], body["unmet"]) == (watermark, [])
    assert await graph.watermark() == watermark, "nothing was written"


@pytest.mark.parametrize(
    ("suppose", "field"),
    [
        ({}, "suppose"),
        ({"categories": [{"wallet": "acct:m", "category": "exchnge"}]}, "suppose.categories[0].category"),
        ({"categories": [{"wallet": "m", "category": None}]}, "suppose.categories[0].wallet"),
        ({"without_flows": [{"source": "acct:m", "target": "eth:0x1"}]}, "suppose.without_flows[0].target"),
        ({"hops": 7}, "suppose.hops"),
        ({"categories": [{"wallet": "acct:m"}]}, "suppose.categories[0].category"),
    ],
)
@pytest.mark.usefixtures("drawn")
async def test_what_cannot_be_supposed_is_named(client: httpx.AsyncClient, suppose: dict[str, Any], field: str) -> None:
    body = problem(await client.post(f"{URL}/what-if", json={"suppose": suppose}), 422, "invalid-input")

    assert fields(body) == [field]


@pytest.mark.usefixtures("drawn")
async def test_a_counterfactual_names_what_carries_it(client: httpx.AsyncClient) -> None:
    attributions = (await client.get(f"{URL}/counterfactual")).json()
    flows = (await client.get(f"{URL}/counterfactual", params={"removing": "flows"})).json()
    missing = await client.get("/api/v1/wallets/acct:nobody/counterfactual")

    assert (attributions["severity"], attributions["smallest"], attributions["cut"]) == ("high", True, False)
    [named] = attributions["attributions"]
    assert (named["wallet"], named["category"], named["source"]) == ("acct:thief", "theft", "blog")
    assert attributions["score_without"] < attributions["threshold"] <= attributions["score"]
    assert attributions["flows"] is None
    assert flows["attributions"] is None
    assert flows["flows"]
    problem(missing, 404, "not-found")


@pytest.mark.usefixtures("drawn")
async def test_a_what_if_is_kept_with_its_case(client: httpx.AsyncClient) -> None:
    case, _ = await opened(client)
    asked = {"title": "m may be an exchange", "wallet": "acct:a", "suppose": EXCHANGE}

    made = await client.post(f"{case}/what-ifs", json=asked)
    assert made.status_code == 201, made.text
    saved = made.json()["saved"]
    listed = (await client.get(f"{case}/what-ifs")).json()["items"]
    read = (await client.get(f"{case}/what-ifs/{saved['id']}")).json()

    assert listed == [saved]
    assert read == made.json()
    assert saved["suppose"]["categories"] == EXCHANGE["categories"]
    assert (saved["score_before"], saved["score_after"]) == (
        read["now"]["before"]["score"],
        read["now"]["after"]["score"],
    )
    history = (await client.get(f"{case}/history")).json()["items"]
    assert history[-1]["action"] == "case.what_if_saved"
    assert "exchange" not in str(history[-1]["details"]), "only its digest"

    for _ in range(2):
        assert (await client.delete(f"{case}/what-ifs/{saved['id']}")).status_code == 204
    problem(await client.get(f"{case}/what-ifs/{saved['id']}"), 404, "not-found")
    removed = [e for e in (await client.get(f"{case}/history")).json()["items"] if "what_if_removed" in e["action"]]
    assert [event["details"]["digest"] for event in removed] == [history[-1]["details"]["digest"]]


@pytest.mark.usefixtures("drawn")
async def test_a_saved_what_if_is_answered_again_by_the_graph_of_today(client: httpx.AsyncClient, graph: Graph) -> None:
    case, _ = await opened(client)
    asked = {"title": "m may be an exchange", "wallet": "acct:a", "suppose": EXCHANGE}
    saved = (await client.post(f"{case}/what-ifs", json=asked)).json()["saved"]

    await land(graph, pay("x", "a", 10))

    read = (await client.get(f"{case}/what-ifs/{saved['id']}")).json()
    assert read["saved"] == saved
    assert read["now"]["before"]["score"] < saved["score_before"]
    assert read["now"]["watermark"] > saved["watermark"]
