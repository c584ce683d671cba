"""POST /attributions/import: files in one request, told line by line."""

from __future__ import annotations

from typing import Any

import httpx

from graph.model import Role
from tests.api.conftest import bearer, fields, problem

URL = "/api/v1/attributions/import"
A, B, C = (
    "1NBP2e6A8PAtQZuogGgKs7irfEATEfWL3M",
    "19FvbkvjFRSb5oRuHcg9LYcN7iV9R9X9RZ",
    "15ynEVXwJjmxXYEdyiQNjnfrr1CFrEdyQB",
)
CSV = f"address,category,actor,source\n{A},scam,x,list\n{B},villain,x,list\n{A}x,scam,x,list\n"


async def send(client: httpx.AsyncClient, body: str, **query: Any) -> httpx.Response:
    return await client.post(URL, content=body.encode(), params=query)


async def test_a_csv_file_is_recorded_and_told(client: httpx.AsyncClient) -> None:
    response = await send(client, CSV, network="btc")

    assert response.status_code == 201, response.text
    body = response.json()
    assert (body["recorded"], body["known"], body["rejected"], body["review"]) == (2, 0, 1, {"villain": 1})
    assert [row["line"] for row in body["rows"]] == [4]
    assert body["job"]
    again = await send(client, CSV, network="btc")
    assert (again.status_code, again.json()["known"], again.json()["watermark"]) == (200, 2, None)
    listed = (await client.get("/api/v1/attributions", params={"review": True})).json()
    assert [item["wallet"] for item in listed["items"]] == [f"btc:{B}"]


async def test_all_or_nothing_is_422_with_every_bad_line(client: httpx.AsyncClient) -> None:
    body = problem(await send(client, CSV, network="btc", all_or_nothing=True), 422, "invalid-input")

    assert fields(body) == ["line 4"]
    assert (await client.get("/api/v1/attributions")).json()["items"] == []


async def test_a_tagpack_takes_its_actors_from_the_same_file(client: httpx.AsyncClient) -> None:
    actors = "actors:\n- id: x\n  label: X Ltd\n  categories: [exchange]\n---\n"
    pack = f"title: t\ncurrency: BTC\nsource: s\ntags:\n- address: {A}\n  actor: x\n"

    assert (await send(client, actors + pack, format="tagpack")).json()["recorded"] == 1
    [item] = (await client.get("/api/v1/attributions")).json()["items"]
    assert (item["actor"], item["category"], item["confidence"]) == ("X Ltd", "exchange", 0.05)


async def test_an_ofac_list_lists_and_delists(client: httpx.AsyncClient) -> None:
    first = await send(client, f"{A}\n{B}\n{C}\n", format="ofac", asset="XBT", listed_at="2024-09-27")
    second = await send(client, f'["{A}", "{C}"]', format="ofac", asset="xbt")

    assert (first.json()["recorded"], second.json()["withdrawn"]) == (3, 1)
    query = {"source": "ofac-sdn", "in_force": True}
    items = (await client.get("/api/v1/attributions", params=query)).json()["items"]
    assert {item["wallet"] for item in items} == {f"btc:{A}", f"btc:{C}"}
    assert {(item["official"], item["valid_from"]) for item in items} == {(True, "2024-09-27T00:00:00Z")}
    refused = problem(await send(client, "", format="ofac", asset="XBT"), 422, "invalid-input")
    assert fields(refused) == ["accept_delisting"]
    accepted = await send(client, "", format="ofac", asset="XBT", accept_delisting=True)
    assert accepted.json()["withdrawn"] == 2


async def test_official_lists_take_an_admin(client: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    for role, status in (("supervisor", 403), ("admin", 201)):
        response = await client.post(
            URL,
            params={"format": "ofac", "asset": "XBT"},
            content=A.encode(),
            headers=bearer(keys[role]),  # type: ignore[index]
        )
        assert response.status_code == status


async def test_what_cannot_be_read_is_422_and_names_no_path_of_ours(client: httpx.AsyncClient) -> None:
    for body, query, field in (
        ("address\n", {}, "body"),
        ("title: 'a", {"format": "tagpack"}, "body"),
        (A, {"format": "ofac"}, "asset"),
        (A, {"format": "ofac", "asset": "X B"}, "asset"),
        (A, {"format": "ofac", "asset": "XBT", "listed_at": "soon"}, "listed_at"),
        (CSV, {"format": "xml"}, "format"),
    ):
        response = await send(client, body, **query)
        assert fields(problem(response, 422, "invalid-input")) == [field], response.text
        assert "/tmp" not in response.text
