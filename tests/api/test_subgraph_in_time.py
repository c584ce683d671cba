"""The picture around a wallet as of another time, on the wire."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from tests.api.conftest import fields, problem
from tests.builders import key, label, land, pay

URL = "/api/v1/wallets/acct:a/subgraph"


@pytest.fixture
async def drawn(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, thief="scam")
    await land(graph, pay("thief", "a", 30, id="x"), pay("a", "b", 12.5, day=1))


@pytest.mark.usefixtures("drawn")
async def test_a_picture_as_of_a_time_has_what_had_moved(client: httpx.AsyncClient) -> None:
    body = (await client.get(URL, params={"as_of": "2020-01-01T12:00:00Z"})).json()

    assert [(node["key"], node["category"], node["in_value"], node["out_value"]) for node in body["nodes"]] == [
        ("acct:a", None, "30", "0"),
        ("acct:thief", "scam", "0", "30"),
    ]
    assert [(flow["source"], flow["target"], flow["value"]) for flow in body["flows"]] == [
        ("acct:thief", "acct:a", "30")
    ]
    assert (body["as_of"], body["known_at"], body["truncated"]) == ("2020-01-01T12:00:00Z", None, False)
    assert len((await client.get(URL)).json()["flows"]) == 2


@pytest.mark.usefixtures("drawn")
async def test_what_was_withdrawn_since_is_in_what_was_known(client: httpx.AsyncClient, graph: Graph) -> None:
    done = await withdraw_transaction(graph, key("x"))
    before = (done.at - timedelta(microseconds=1)).isoformat()

    assert len((await client.get(URL)).json()["flows"]) == 1
    assert len((await client.get(URL, params={"known_at": before})).json()["flows"]) == 2


@pytest.mark.usefixtures("drawn")
async def test_a_time_without_a_zone_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(URL, params={"as_of": "2020-01-01T12:00:00", "known_at": "2020-01-01T12:00:00"})

    assert fields(problem(answer, 422, "invalid-input")) == ["as_of", "known_at"]
    unknown = await client.get("/api/v1/wallets/acct:nobody/subgraph", params={"as_of": "2020-01-01T12:00:00Z"})
    problem(unknown, 404, "not-found")
