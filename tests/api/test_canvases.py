"""A case keeps its canvas as data, restored exactly; pictures are widened as asked, and say what they leave out."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.api.conftest import movement, problem
from tests.api.test_cases import opened
from tests.api.test_wallets import walk
from tests.builders import label, land, pay

CANVAS: dict[str, Any] = {
    "nodes": [
        {"kind": "wallet", "key": "acct:a", "x": -12.5, "y": 3, "pinned": True, "note": "begins here"},
        {"kind": "wallet", "key": "acct:b", "x": 10, "y": 3, "hidden": True, "folded_into": "acct:a"},
        {"kind": "transaction", "key": "acct:t1", "x": 0, "y": 0, "category": None, "in_value": "1.5"},
    ],
    "flows": [{"source": "acct:a", "target": "acct:b", "value": "12.000001", "count": 3}],
    "expansions": [
        {"wallet": "acct:a", "from": "2024-01-01T00:00:00Z", "limit": 5, "shown": 5, "matching": 9, "total": 30}
    ],
    "layout": "force",
    "watermark": 7,
}


async def test_a_canvas_is_empty_until_saved_and_then_restored_exactly(client: httpx.AsyncClient) -> None:
    case, _ = await opened(client)
    empty = await client.get(case + "/canvas")
    assert (empty.json()["canvas"]["nodes"], empty.json()["saved_by"], empty.json()["saved_at"]) == ([], None, None)

    saved = await client.put(case + "/canvas", json=CANVAS, headers={"if-match": empty.headers["etag"]})
    read = await client.get(case + "/canvas")

    assert saved.status_code == 200
    assert (read.json(), read.headers["etag"]) == (saved.json(), saved.headers["etag"])
    canvas = read.json()["canvas"]
    assert {name: canvas[name] for name in ("layout", "watermark", "flows")} == {
        name: CANVAS[name] for name in ("layout", "watermark", "flows")
    }
    for kept, sent in zip(canvas["nodes"], CANVAS["nodes"], strict=True):
        assert kept | sent == kept
    assert canvas["expansions"][0] | CANVAS["expansions"][0] == canvas["expansions"][0]


async def test_saving_names_the_version_and_is_recorded_by_its_digest(client: httpx.AsyncClient) -> None:
    case, _ = await opened(client)
    etag = (await client.get(case + "/canvas")).headers["etag"]

    problem(await client.put(case + "/canvas", json=CANVAS), 428, "precondition-required")
    first = await client.put(case + "/canvas", json=CANVAS, headers={"if-match": etag})
    problem(await client.put(case + "/canvas", json={}, headers={"if-match": etag}), 412, "stale")
    same = await client.put(case + "/canvas", json=CANVAS, headers={"if-match": first.headers["etag"]})

    assert same.headers["etag"] == first.headers["etag"], "the same again is no new version"
    history = (await walk(client, case + "/history"))[1:]
    assert [event["action"] for event in history] == ["case.canvas_saved"]
    details = history[0]["details"]
    assert (details["nodes"], details["flows"], details["expansions"], len(details["digest"])) == (3, 1, 1, 64)
    assert "begins here" not in str(history)


async def test_of_many_that_save_one_version_one_does(client: httpx.AsyncClient) -> None:
    case, _ = await opened(client)
    etag = (await client.get(case + "/canvas")).headers["etag"]

    answers = await asyncio.gather(
        *(client.put(case + "/canvas", json=CANVAS | {"watermark": n}, headers={"if-match": etag}) for n in range(6))
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5


def _node(**given: Any) -> dict[str, Any]:
    return {"kind": "wallet", "key": "acct:a", "x": 0, "y": 0} | given


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"nodes": [_node(colour="red")]}, "nodes"),
    ({"nodes": [_node(note="x" * 2_001)]}, "nodes"),
    ({"nodes": [_node(x=1e12)]}, "nodes"),
    ({"nodes": [_node(in_value="1e3")]}, "nodes"),
    ({"nodes": [_node()] * 5_001}, "nodes"),
    ({"flows": [{"source": "a:b", "target": "a:c", "value": "1", "count": 1}] * 20_001}, "flows"),
    ({"layout": "spiral"}, "layout"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG, ids=[str(number) for number in range(len(WRONG))])
async def test_what_is_no_canvas_is_refused(client: httpx.AsyncClient, wrong: dict[str, Any], field: str) -> None:
    case, _ = await opened(client)
    found = problem(await client.put(case + "/canvas", json=wrong, headers={"if-match": "*"}), 422, "invalid-input")
    assert found["errors"][0]["field"].startswith(field)


async def test_there_is_no_canvas_without_its_case(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/cases/cas_none/canvas"), 404, "not-found")
    problem(await client.put("/api/v1/cases/cas_none/canvas", json=CANVAS, headers={"if-match": "*"}), 404, "not-found")


@pytest.fixture
async def drawn(graph: Graph, taxonomy: Taxonomy) -> None:
    await label(graph, taxonomy, shop="exchange", thief="scam")
    await land(graph, *(pay(f"p{n}", "hub", n + 1, day=n) for n in range(8)))
    await land(graph, pay("hub", "shop", 20, day=9), pay("thief", "hub", 30, day=9), pay("hub", "p0", 2, day=10))


async def expanded(client: httpx.AsyncClient, **asked: Any) -> Any:
    answer = await client.get("/api/v1/wallets/acct:hub/expansion", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def keys(found: Any) -> list[str]:
    return [wallet["key"].removeprefix("acct:") for wallet in found["wallets"]]


@pytest.mark.usefixtures("drawn")
async def test_a_wallet_is_expanded_as_asked_and_says_what_is_left_out(client: httpx.AsyncClient) -> None:
    found = await expanded(client, limit=3)
    assert (keys(found), found["matching"], found["total"]) == (["thief", "shop", "p7"], 10, 10)
    assert [(flow["source"], flow["target"], flow["value"]) for flow in found["flows"]] == [
        ("acct:thief", "acct:hub", "30"),
        ("acct:hub", "acct:shop", "20"),
        ("acct:p7", "acct:hub", "8"),
    ]
    assert [wallet["category"] for wallet in found["wallets"]] == ["scam", "exchange", None]

    out = await expanded(client, direction="destination")
    assert (keys(out), out["matching"], out["total"]) == (["shop", "p0"], 2, 10)
    assert keys(await expanded(client, category="exchange")) == ["shop"]
    assert keys(await expanded(client, category="none", min_value="7")) == ["p7", "p6"]
    nothing = await expanded(client, category="mixer")
    assert (nothing["wallets"], nothing["flows"], nothing["matching"], nothing["total"]) == ([], [], 0, 10)


@pytest.mark.usefixtures("drawn")
async def test_a_window_keeps_flows_that_meet_it(client: httpx.AsyncClient) -> None:
    whole = await expanded(client)
    first = min(flow["first_at"] for flow in whole["flows"])
    last = max(flow["first_at"] for flow in whole["flows"])
    assert keys(await expanded(client, to=first)) == ["p0"]
    assert keys(await expanded(client, **{"from": last})) == ["p0"]
    [both] = [w for w in whole["wallets"] if w["key"] == "acct:p0"]
    assert both["degree"] == 2


@pytest.mark.usefixtures("drawn")
async def test_what_cannot_be_asked_of_an_expansion_is_refused(client: httpx.AsyncClient) -> None:
    hub = "/api/v1/wallets/acct:hub/expansion"
    for asked, field in (
        ({"category": "bakery"}, "category"),
        ({"min_value": "much"}, "min_value"),
        ({"limit": "501"}, "limit"),
        ({"from": "2024-01-01T00:00:00"}, "from"),
    ):
        found = problem(await client.get(hub, params=asked), 422, "invalid-input")
        assert found["errors"][0]["field"] == field
    problem(await client.get("/api/v1/wallets/acct:nobody/expansion"), 404, "not-found")


@pytest.mark.usefixtures("drawn")
async def test_given_wallets_are_drawn_with_the_flows_among_them(client: httpx.AsyncClient) -> None:
    wallets = ["acct:hub", "acct:thief", "acct:p0", "acct:nobody", "acct:hub"]
    found = (await client.post("/api/v1/subgraph", json={"wallets": wallets})).json()

    assert sorted(keys(found)) == ["hub", "p0", "thief"]
    assert (found["missing"], found["truncated"]) == (["acct:nobody"], False)
    assert {(flow["source"], flow["target"]) for flow in found["flows"]} == {
        ("acct:thief", "acct:hub"),
        ("acct:p0", "acct:hub"),
        ("acct:hub", "acct:p0"),
    }
    refused = problem(await client.post("/api/v1/subgraph", json={"wallets": ["nowhere"]}), 422, "invalid-input")
    assert refused["errors"][0]["field"] == "wallets[0]"


async def test_a_closed_case_keeps_its_canvas(client: httpx.AsyncClient) -> None:
    case, etag = await opened(client)
    await client.post("/api/v1/transactions", json=movement(1))
    body = {"outcome": "no_action", "reason": "Nothing in it."}
    proposed = await client.post(case + "/closing", json=body, headers={"if-match": etag})
    assert proposed.status_code in (200, 201, 202), proposed.text
    saved = await client.put(case + "/canvas", json=CANVAS, headers={"if-match": "*"})
    assert saved.status_code == 200, "a case that is about to be closed still takes notes and pictures"
