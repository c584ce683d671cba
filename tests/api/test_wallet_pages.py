"""What the wallet's and the transaction's page ask for besides: names, activity, watchlists, personal text."""

from __future__ import annotations

import httpx
import pytest

from graph.model import Attribution
from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.api.conftest import movement, problem
from tests.builders import attribute, land, pay


@pytest.fixture
async def named(graph: Graph, taxonomy: Taxonomy) -> None:
    """A wallet of Tornado.Cash and two of exchanges; the last paid somebody."""
    names = {
        "mix": ("mixer", "Tornado.Cash 100 ETH"),
        "hot": ("exchange", "Binance 14"),
        "cold": ("exchange", "Binance"),
    }
    given = [
        Attribution(id="", wallet=f"acct:{name}", category=category, source="drawn", actor=actor)
        for name, (category, actor) in names.items()
    ]
    await attribute(graph, taxonomy, *given)
    await land(graph, pay("hot", "somebody", 5), pay("somebody", "mix", 5, day=1))


async def found(client: httpx.AsyncClient, text: str) -> list[str]:
    answer = await client.get("/api/v1/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    return [item["address"] for item in answer.json()["items"]]


@pytest.mark.usefixtures("named")
async def test_a_wallet_is_found_by_words_of_its_name(client: httpx.AsyncClient) -> None:
    assert await found(client, "tornado.cash") == ["mix"]
    assert await found(client, "eth TORN") == ["mix"]
    assert set(await found(client, "binan")) == {"hot", "cold"}
    assert await found(client, "binance 14") == ["hot"]
    assert await found(client, "h") == ["hot"]
    for odd in ('"', "*", "a:b OR (", "\\", "~ AND", "+-", "name:*"):
        assert await found(client, odd) == []


@pytest.mark.usefixtures("named")
async def test_a_name_goes_where_the_wallet_goes(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/wallets/acct:mix")).json()["actor"] == "Tornado.Cash 100 ETH"
    others = (await client.get("/api/v1/wallets/acct:somebody/counterparties")).json()["items"]
    assert {one["key"]: one["actor"] for one in others} == {
        "acct:hot": "Binance 14",
        "acct:mix": "Tornado.Cash 100 ETH",
    }


@pytest.mark.usefixtures("named")
async def test_activity_has_the_documented_shape(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/wallets/acct:somebody/activity?bucket=month")).json()

    bucket = {"starts_at": "2020-01-01T00:00:00Z", "in_value": "5", "out_value": "5", "in_count": 1, "out_count": 1}
    assert body == {"wallet": "acct:somebody", "bucket": "month", "buckets": [bucket], "cut_before": None}
    problem(await client.get("/api/v1/wallets/acct:nobody/activity"), 404, "not-found")
    problem(await client.get("/api/v1/wallets/acct:somebody/activity?bucket=year"), 422, "invalid-input")


async def test_a_wallet_tells_who_watches_it(client: httpx.AsyncClient) -> None:
    lists = [(await client.post("/api/v1/watchlists", json={"name": name})).json()["id"] for name in ("Zeta", "alpha")]
    for one in lists:
        await client.post(f"/api/v1/watchlists/{one}/wallets", json={"wallets": [{"wallet": "acct:w", "note": "why"}]})

    watching = (await client.get("/api/v1/wallets/acct:w/watchlists")).json()["items"]
    await client.delete(f"/api/v1/watchlists/{lists[0]}/wallets/acct:w")
    left = (await client.get("/api/v1/wallets/acct:w/watchlists")).json()["items"]

    assert [(one["name"], one["note"]) for one in watching] == [("alpha", "why"), ("Zeta", "why")]
    assert [one["watchlist"] for one in left] == [lists[1]]


async def test_personal_text_is_shown_until_it_is_erased(client: httpx.AsyncClient) -> None:
    sent = movement(purpose="rent", context={"customer_reference": ["cus", 7], "ip": "x"})
    await client.post("/api/v1/transactions", json=sent)

    told = (await client.get("/api/v1/transactions/acct:p1/text")).json()
    await client.delete("/api/v1/transactions/acct:p1/text", params={"reason": "asked for"})
    after = (await client.get("/api/v1/transactions/acct:p1/text")).json()

    assert told == {"transaction": "acct:p1", "purpose": "rent", "customer_reference": '["cus",7]'}
    assert after == {"transaction": "acct:p1", "purpose": None, "customer_reference": None}
    problem(await client.get("/api/v1/transactions/acct:none/text"), 404, "not-found")
