"""Wallets, their exposure and surroundings: shapes on the wire, keys in any spelling."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.api.conftest import problem
from tests.builders import label, land, pay

CHECKSUMMED = "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"


@pytest.fixture
async def drawn(graph: Graph, taxonomy: Taxonomy) -> None:
    """A thief and a shop pay a; a pays b."""
    await label(graph, taxonomy, thief="scam", shop="exchange")
    await land(graph, pay("thief", "a", 30, id="x"), pay("shop", "a", 70), pay("a", "b", 12.5, day=1))


async def walk(client: httpx.AsyncClient, path: str, **query: str | int) -> list[dict[str, object]]:
    """Every item of a list, a page at a time."""
    items, cursor = [], {}
    while True:
        page = (await client.get(path, params=query | cursor)).json()
        assert set(page) == {"items", "next"}
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


@pytest.mark.usefixtures("drawn")
async def test_a_wallet_shows_its_sums_in_units(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/wallets/acct:a")).json() == {
        "key": "acct:a",
        "network": "acct",
        "address": "a",
        "in_value": "100",
        "out_value": "12.5",
        "in_count": 2,
        "out_count": 1,
        "in_degree": 2,
        "out_degree": 1,
        "first_at": "2020-01-01T00:00:00Z",
        "last_at": "2020-01-02T00:00:00Z",
        "category": None,
        "actor": None,
    }


@pytest.mark.usefixtures("drawn")
async def test_exposure_has_the_documented_shape(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/wallets/acct:b/exposure?hops=2")).json()

    (actor,) = body["categories"][1].pop("actors")
    assert actor["share"] == pytest.approx(0.3)
    assert set(actor) == {"actor", "share", "attributions"}
    assert body["categories"][1] == {
        "category": "scam",
        "class": "illicit",
        "share": pytest.approx(0.3),
        "value": "3.75",
        "direct_share": 0.0,
        "indirect_share": pytest.approx(0.3),
        "shortest_hops": 2,
        "before_designation_share": 0.0,
        "after_designation_share": pytest.approx(0.3),
        "confidence": pytest.approx({"low": 0.3, "likely": 0.3, "high": 0.3}),
    }
    (source,) = body["sources"]
    assert (source["source"], source["value"]) == ("drawn", "12.5")
    del body["categories"], body["sources"]
    assert body == {
        "wallet": "acct:b",
        "direction": "source",
        "hops": 2,
        "method": "haircut",
        "total_value": "12.5",
        "watermark": body["watermark"],
        "exact": True,
        "illicit": pytest.approx({"low": 0.3, "likely": 0.3, "high": 0.3}),
        "change_not_clustered": False,
        "residuals": [],
        "passed_through": {"share": 0.0, "value": "0"},
        "coverage": 1.0,
        "hubs": [],
        "as_of": None,
        "known_at": None,
        "pool_above": None,
        "flows": 3,
        "max_flows": 30_000,
    }


@pytest.mark.usefixtures("drawn")
async def test_a_known_wallet_without_inflow_has_none_to_trace(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/wallets/acct:thief/exposure")).json()

    assert (body["total_value"], body["categories"], body["residuals"]) == ("0", [], [])
    for path in ("", "/exposure", "/subgraph", "/transactions", "/counterparties"):
        problem(await client.get(f"/api/v1/wallets/acct:nobody{path}"), 404, "not-found")


@pytest.mark.usefixtures("drawn")
async def test_a_subgraph_has_nodes_and_flows(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/wallets/acct:b/subgraph?hops=2")).json()

    assert body["truncated"] is False
    assert body["nodes"][0] == {
        "key": "acct:b",
        "category": None,
        "actor": None,
        "score": None,
        "hops": 0,
        "in_value": "12.5",
        "out_value": "0",
    }
    assert {node["key"]: node["hops"] for node in body["nodes"]} == {
        "acct:b": 0,
        "acct:a": 1,
        "acct:thief": 2,
        "acct:shop": 2,
    }
    assert {
        "source": "acct:a",
        "target": "acct:b",
        "value": "12.5",
        "count": 1,
        "first_at": "2020-01-02T00:00:00Z",
        "last_at": "2020-01-02T00:00:00Z",
    } in body["flows"]
    cut = (await client.get("/api/v1/wallets/acct:b/subgraph?hops=2&limit=2")).json()
    assert (len(cut["nodes"]), cut["truncated"]) == (2, True)


@pytest.mark.usefixtures("drawn")
async def test_counterparties_page_by_value(client: httpx.AsyncClient) -> None:
    items = await walk(client, "/api/v1/wallets/acct:a/counterparties", limit=1)

    assert [(item["key"], item["direction"], item["value"]) for item in items] == [
        ("acct:shop", "source", "70"),
        ("acct:thief", "source", "30"),
        ("acct:b", "destination", "12.5"),
    ]
    assert set(items[0]) == {"key", "direction", "value", "count", "first_at", "last_at", "category", "actor"}
    paid = await walk(client, "/api/v1/wallets/acct:a/counterparties", direction="destination")
    assert [item["key"] for item in paid] == ["acct:b"]


@pytest.mark.usefixtures("drawn")
async def test_transactions_of_a_wallet_page_by_seq(client: httpx.AsyncClient) -> None:
    items = await walk(client, "/api/v1/wallets/acct:a/transactions", limit=2)

    seqs = [item["seq"] for item in items]
    assert len(items) == 3
    assert seqs == sorted(seqs, reverse=True)  # type: ignore[type-var]
    assert items[-1]["key"] == "acct:x"


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize(("text", "found"), [("th", ["acct:thief"]), ("acct:s", ["acct:shop"]), ("zz", [])])
async def test_search_finds_beginnings(client: httpx.AsyncClient, text: str, found: list[str]) -> None:
    body = (await client.get("/api/v1/search", params={"q": text})).json()

    assert [item["key"] for item in body["items"]] == found
    assert body["next"] is None


async def test_a_key_is_found_in_any_spelling(client: httpx.AsyncClient) -> None:
    body = {
        "network": "eth",
        "id": "0xAA",
        "at": "2019-03-01T12:00:00Z",
        "asset": "ETH",
        "amount": "1e-18",
        "value": "210.40",
        "sender": CHECKSUMMED,
        "receiver": "0x" + "1" * 40,
    }
    posted = await client.post("/api/v1/transactions", json=body)

    assert posted.json()["transaction"] == "eth:0xaa"
    spellings = (CHECKSUMMED, CHECKSUMMED.lower(), "0X" + CHECKSUMMED[2:].upper())
    for spelling in spellings:
        for path in (f"eth:{spelling}", f"eth%3A{spelling}"):
            found = await client.get(f"/api/v1/wallets/{path}")
            assert found.json()["key"] == f"eth:{CHECKSUMMED.lower()}", path
        search = (await client.get("/api/v1/search", params={"q": spelling})).json()
        assert [item["key"] for item in search["items"]] == [f"eth:{CHECKSUMMED.lower()}"]
    part = (await client.get("/api/v1/search", params={"q": CHECKSUMMED[:9]})).json()
    assert len(part["items"]) == 1
    assert (await client.get("/api/v1/transactions/eth:0XAA")).json()["amount"] == "0.000000000000000001"


@pytest.mark.parametrize("name", ["a/b", "DE89 3704/0044", "ä%2F?#&", "a:b:c", "100%25", ".."])
async def test_an_account_may_hold_any_printable_text(client: httpx.AsyncClient, graph: Graph, name: str) -> None:
    await land(graph, pay(name, "b", 1))
    path = f"/api/v1/wallets/acct:{quote(name, safe='')}".replace("..", "%2E%2E")
    assert (await client.get(path)).json()["address"] == name
    assert (await client.get(f"{path}/exposure?direction=destination")).json()["total_value"] == "1"
