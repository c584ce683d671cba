"""POST /attributions/import/preview: what a file would change, told before it is written; nothing is."""

from __future__ import annotations

from typing import Any

import httpx

from graph.model import Role
from tests.api.conftest import bearer, fields, movement, problem

URL = "/api/v1/attributions/import/preview"
CSV = "address,category,actor,source\nsender,scam,x,list\nnobody,villain,x,list\n,scam,x,list\n"


async def ask(client: httpx.AsyncClient, body: str, **query: Any) -> dict[str, Any]:
    response = await client.post(URL, content=body.encode(), params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_a_preview_tells_what_importing_then_does(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/transactions", json=movement(1, sender="sender", receiver="shop"))

    seen = await ask(client, CSV, network="acct")
    assert (seen["recorded"], seen["known"], seen["rejected"], seen["review"]) == (2, 0, 1, {"villain": 1})
    assert [row["line"] for row in seen["rows"]] == [4]
    moved = {one["wallet"]: one["category"]["to"] for one in seen["impact"]["wallets"]["items"]}
    assert moved == {"acct:sender": "scam", "acct:shop": None}
    assert (await client.get("/api/v1/attributions")).json()["items"] == []

    await client.post("/api/v1/attributions/import", content=CSV.encode(), params={"network": "acct"})
    again = await ask(client, CSV, network="acct")
    assert (again["recorded"], again["known"], again["impact"]["wallets"]["total"]) == (0, 2, 0)


async def test_a_file_with_nothing_good_in_it_has_no_impact(client: httpx.AsyncClient) -> None:
    seen = await ask(client, "address,category,actor,source\n,scam,x,list\n", network="acct")

    assert (seen["recorded"], seen["rejected"], seen["impact"]) == (0, 1, None)


async def test_what_is_no_such_file_and_who_may_not_are_refused(
    client: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    assert fields(problem(await client.post(URL, content=b"a,b\n1,2\n"), 422, "invalid-input")) == ["body"]
    query = {"format": "ofac", "asset": "XBT"}
    problem(await client.post(URL, params=query, headers=bearer(keys["supervisor"])), 403, "forbidden")
    problem(await client.post(URL, content=b"", headers=bearer(keys["investigator"])), 403, "forbidden")
