"""Paths on the wire: shape, clocks, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.api.conftest import fields, problem
from tests.builders import key, label, land, pay

URL = "/api/v1/wallets/acct:w/paths"


@pytest.fixture
async def drawn(graph: Graph, taxonomy: Taxonomy) -> None:
    """A thief pays w through a dex; then w pays a mixer."""
    await label(graph, taxonomy, thief="theft", swap="dex", mix="mixer")
    await land(graph, pay("thief", "swap", 30, id="one"), pay("swap", "w", 12.5, id="two", day=1))
    await land(graph, pay("x", "w", 12.5), pay("w", "mix", 5, day=2))


@pytest.mark.usefixtures("drawn")
async def test_a_path_has_the_documented_shape(client: httpx.AsyncClient) -> None:
    body = (await client.get(URL)).json()

    [path] = body.pop("paths")
    attributions = [wallet.pop("attribution") for wallet in path["wallets"]]
    assert path.pop("end")["key"] == "acct:thief"
    assert [bool(attribution) for attribution in attributions] == [True, True, False]
    assert path == {
        "value": "12.5",
        "share": 0.5,
        "hops": 2,
        "first_at": "2020-01-01T00:00:00Z",
        "last_at": "2020-01-02T00:00:00Z",
        "wallets": [
            {"key": "acct:thief", "category": "theft", "actor": "actor of thief"},
            {"key": "acct:swap", "category": "dex", "actor": "actor of swap"},
            {"key": "acct:w", "category": None, "actor": None},
        ],
        "steps": [
            {
                "transaction": "acct:one",
                "at": "2020-01-01T00:00:00Z",
                "from": "acct:thief",
                "to": "acct:swap",
                "asset": "USD",
                "amount": "30",
                "value": "30",
            },
            {
                "transaction": "acct:two",
                "at": "2020-01-02T00:00:00Z",
                "from": "acct:swap",
                "to": "acct:w",
                "asset": "USD",
                "amount": "12.5",
                "value": "12.5",
            },
        ],
    }
    assert body == {
        "wallet": "acct:w",
        "direction": "source",
        "hops": 3,
        "to": None,
        "category": None,
        "as_of": None,
        "known_at": None,
        "watermark": body["watermark"],
        "truncated": False,
        "complete_above": None,
    }


@pytest.mark.usefixtures("drawn")
async def test_paths_lead_forth_to_one_wallet_or_to_a_category(client: httpx.AsyncClient) -> None:
    async def ends(**query: str | int) -> list[str]:
        return [path["end"]["key"] for path in (await client.get(URL, params=query)).json()["paths"]]

    assert await ends(direction="destination") == ["acct:mix"]
    assert await ends(to="acct:x") == ["acct:x"]
    assert await ends(category="dex") == ["acct:swap"]
    assert await ends(category="scam") == []
    assert await ends(hops=1) == []


@pytest.mark.usefixtures("drawn")
async def test_both_clocks_are_kept(client: httpx.AsyncClient, graph: Graph) -> None:
    done = await withdraw_transaction(graph, key("two"))
    before = (done.at - timedelta(microseconds=1)).isoformat()

    assert (await client.get(URL)).json()["paths"] == []
    assert len((await client.get(URL, params={"known_at": before})).json()["paths"]) == 1
    early = {"known_at": before, "as_of": "2020-01-01T12:00:00Z"}
    answer = (await client.get(URL, params=early)).json()
    assert (answer["paths"], answer["as_of"]) == ([], "2020-01-01T12:00:00Z")


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"to": "acct:w"}, "to"),
        ({"to": "eth:0x12"}, "to"),
        ({"category": "mischief"}, "category"),
        ({"category": "scam", "to": "acct:x"}, "category"),
        ({"hops": 7}, "hops"),
        ({"limit": 101}, "limit"),
        ({"direction": "up"}, "direction"),
        ({"as_of": "2020-01-01T00:00:00"}, "as_of"),
        ({"known_at": "yesterday"}, "known_at"),
    ],
)
async def test_a_bad_question_names_its_field(client: httpx.AsyncClient, query: dict[str, str], field: str) -> None:
    assert fields(problem(await client.get(URL, params=query), 422, "invalid-input")) == [field]


@pytest.mark.usefixtures("drawn")
async def test_an_unknown_wallet_at_either_end_is_404(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/wallets/acct:nobody/paths"), 404, "not-found")
    problem(await client.get(URL, params={"to": "acct:nobody"}), 404, "not-found")
