"""Attributions over HTTP: recorded, listed, ranked, withdrawn, with both clocks; errors name every field."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from api.app import create_app
from api.attribution_examples import ATTRIBUTION_INPUT
from api.examples import BODIES
from graph.attribution_bodies import decode_attributions
from graph.model import Role
from graph.session import Graph
from settings import Settings
from tests.api.conftest import bearer, calling, fields, problem

URL = "/api/v1/attributions"


def claim(category: str = "scam", **changes: Any) -> dict[str, Any]:
    body = {"wallet": "acct:w", "category": category, "source": "drawn"} | changes
    return {name: value for name, value in body.items() if value is not None}


async def posted(client: httpx.AsyncClient, *claims: dict[str, Any]) -> list[dict[str, Any]]:
    response = await client.post(URL, json=list(claims))
    assert response.status_code == 201, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def ids(client: httpx.AsyncClient, **query: Any) -> list[str]:
    response = await client.get(URL, params=query)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


async def test_one_attribution_is_recorded_and_answered_whole(client: httpx.AsyncClient) -> None:
    sent = claim(
        actor="Fake exchange",
        confidence=0.75,
        official=False,
        valid_from="2019-03-01T12:00:00+01:00",
        valid_to="2100-01-01T00:00:00Z",
        note="seen twice",
    )

    response = await client.post(URL, json=sent)

    assert response.status_code == 201
    body = response.json()
    assert (body["recorded"], body["known"], body["watermark"], body["changed"]) == (1, 0, 1, ["acct:w"])
    assert body["job"].startswith("job_")
    [item] = body["items"]
    assert item | sent | {"valid_from": "2019-03-01T11:00:00Z"} == item
    assert (item["class"], item["in_force"], item["review"], item["seq"]) == ("illicit", True, False, 1)
    assert item["author"].startswith("key_") and item["withdrawn_at"] is None
    detail = (await client.get(f"{URL}/{item['id']}")).json()
    [change] = detail.pop("changes")
    assert detail == item
    assert change == {
        "seq": 1,
        "kind": "recorded",
        "at": item["recorded_at"],
        "actor": item["author"],
        "reason": None,
    }


async def test_a_list_is_recorded_together_and_what_is_known_is_told(client: httpx.AsyncClient) -> None:
    first = await posted(client, claim(), claim("exchange"))

    mixed = await client.post(URL, json=[claim("dex"), claim()])
    again = await client.post(URL, json=[claim(), claim("exchange")])

    assert (mixed.status_code, mixed.json()["recorded"], mixed.json()["known"]) == (201, 1, 1)
    assert mixed.json()["items"][1] == first[0]
    assert (again.status_code, again.json()["recorded"], again.json()["items"]) == (200, 0, first)


async def test_network_and_address_say_the_same_as_a_key(client: httpx.AsyncClient) -> None:
    spelt = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"
    forms = [
        claim(wallet="eth:" + spelt),
        claim(wallet=None, network="eth", address=spelt.lower()),
        claim(wallet=None, network="zec", address="t1Opaque"),
    ]

    items = await posted(client, *forms)

    assert items[0]["id"] == items[1]["id"]
    assert [item["wallet"] for item in items] == ["eth:" + spelt.lower()] * 2 + ["zec:t1Opaque"]


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, ["category", "source"]),
    "unknown field": (claim(colour="red"), ["colour"]),
    "types": (claim(7, source=[], confidence="high", official="no"), ["category", "source", "confidence", "official"]),
    "no wallet": (claim(wallet=None), ["network", "address"]),
    "half a wallet": (claim(wallet=None, network="eth"), ["address"]),
    "both forms": (claim(network="acct", address="w"), ["network", "address"]),
    "checksum": (claim(wallet="eth:0x098B716B8Aaf21512996dC57EB0615e2383E2f97"), ["wallet"]),
    "address": (claim(wallet=None, network="btc", address="1abc"), ["address"]),
    "network": (claim(wallet=None, network="No Network", address="a"), ["network"]),
    "empty texts": (claim(" ", source=""), ["category", "source"]),
    "long texts": (
        claim("c" * 101, source="s" * 501, actor="a" * 201, note="n" * 2001),
        ["category", "source", "actor", "note"],
    ),
    "NUL": (claim(note="a\0b"), ["note"]),
    "confidence": (claim(confidence=1.01), ["confidence"]),
    "below zero": (claim(confidence=-0.1), ["confidence"]),
    "no zone": (claim(valid_from="2019-03-01T12:00:00"), ["valid_from"]),
    "no time": (claim(valid_to="soon"), ["valid_to"]),
    "ends before it begins": (
        claim(valid_from="2019-03-01T12:00:00Z", valid_to="2019-03-01T12:00:00Z"),
        ["valid_to"],
    ),
    "supersedes": (claim(supersedes="att_nobody"), ["supersedes"]),
}


@pytest.mark.parametrize(("body", "wrong"), WRONG.values(), ids=WRONG)
async def test_every_bad_field_is_named_and_nothing_recorded(
    client: httpx.AsyncClient, graph: Graph, body: dict[str, Any], wrong: list[str]
) -> None:
    alone = problem(await client.post(URL, json=body), 422, "invalid-input")
    among = problem(await client.post(URL, json=[claim("dex"), body]), 422, "invalid-input")

    assert fields(alone) == wrong
    assert fields(among) == [f"[1].{name}" for name in wrong]
    assert await graph.watermark() == 0


async def test_all_rows_are_looked_at_at_once(client: httpx.AsyncClient) -> None:
    body = problem(await client.post(URL, json=[claim(" "), claim(), claim(confidence=2)]), 422, "invalid-input")

    assert fields(body) == ["[0].category", "[2].confidence"]


@pytest.mark.parametrize("sent", ["[]", "7", "[7]", '"x"', "null"])
async def test_what_is_no_attribution_is_refused(client: httpx.AsyncClient, sent: str) -> None:
    problem(await client.post(URL, content=sent), 422, "invalid-input")


async def test_more_than_a_thousand_at_once_are_refused(client: httpx.AsyncClient) -> None:
    body = problem(await client.post(URL, json=[claim(source=f"s{i}") for i in range(1001)]), 422, "invalid-input")

    assert fields(body) == ["body"]
    problem(await client.post(URL, content=b"[{"), 400, "malformed-json")


async def test_only_an_admin_says_official(settings: Settings, graph: Graph, keys: dict[Role, str]) -> None:
    async with calling(create_app(settings)) as client:
        supervisor, admin = bearer(keys["supervisor"]), bearer(keys["admin"])
        listing = claim("sanctions", official=True)

        problem(await client.post(URL, json=listing, headers=supervisor), 403, "forbidden")
        problem(await client.post(URL, json=[claim(), listing], headers=supervisor), 403, "forbidden")
        assert await graph.watermark() == 0
        assert (await client.post(URL, json=claim("sanctions"), headers=supervisor)).status_code == 201
        assert (await client.post(URL, json=listing, headers=admin)).status_code == 201
        problem(await client.post(URL, json=claim("dex"), headers=bearer(keys["investigator"])), 403, "forbidden")


async def test_only_an_admin_ends_what_is_official(settings: Settings, graph: Graph, keys: dict[Role, str]) -> None:
    async with calling(create_app(settings)) as client:
        supervisor, admin = bearer(keys["supervisor"]), bearer(keys["admin"])
        sent = [claim("sanctions", official=True), claim("scam")]
        listing, other = (await client.post(URL, json=sent, headers=admin)).json()["items"]

        problem(await client.delete(f"{URL}/{listing['id']}", headers=supervisor), 403, "forbidden")
        superseding = claim("dex", supersedes=listing["id"])
        problem(await client.post(URL, json=superseding, headers=supervisor), 403, "forbidden")
        problem(await client.delete(f"{URL}/att_nobody", headers=supervisor), 404, "not-found")
        assert await graph.watermark() == 2, "nothing has ended"
        assert (await client.delete(f"{URL}/{other['id']}", headers=supervisor)).status_code == 204
        assert (await client.post(URL, json=superseding, headers=admin)).status_code == 201


async def test_withdrawing_is_repeatable_and_keeps_the_past(client: httpx.AsyncClient) -> None:
    [item] = await posted(client, claim())

    first = await client.delete(f"{URL}/{item['id']}", params={"reason": "mistaken"})
    again = await client.delete(f"{URL}/{item['id']}", params={"reason": "other"})
    problem(await client.delete(f"{URL}/att_nobody"), 404, "not-found")

    assert (first.status_code, again.status_code, first.content) == (204, 204, b"")
    detail = (await client.get(f"{URL}/{item['id']}")).json()
    assert (detail["in_force"], detail["withdrawn_seq"]) == (False, 2)
    assert [(c["kind"], c["reason"]) for c in detail["changes"]] == [("recorded", None), ("withdrawn", "mistaken")]
    assert await ids(client, in_force=True) == []
    assert await ids(client, in_force=True, known_at=item["recorded_at"]) == [item["id"]]
    assert await ids(client, in_force=True, known_at=detail["withdrawn_at"]) == []
    problem(await client.get(f"{URL}/att_nobody"), 404, "not-found")


async def test_lists_are_filtered_and_paged(client: httpx.AsyncClient) -> None:
    items = await posted(client, claim("scam"), claim("odd", wallet="acct:v"), claim("dex", source="other"))
    scam, odd, dex = (item["id"] for item in items)

    assert await ids(client) == [dex, odd, scam]
    assert await ids(client, wallet="acct:w") == [dex, scam]
    assert await ids(client, category="scam") == [scam]
    assert await ids(client, source="other") == [dex]
    assert await ids(client, review=True) == [odd]
    assert await ids(client, known_at="2019-01-01T00:00:00Z") == []
    page = (await client.get(URL, params={"limit": 2})).json()
    rest = (await client.get(URL, params={"limit": 2, "cursor": page["next"]})).json()
    assert [item["id"] for item in [*page["items"], *rest["items"]]] == [dex, odd, scam]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"known_at": "2019-01-01T00:00:00"}, "known_at"),
        ({"known_at": "yesterday"}, "known_at"),
        ({"wallet": "nobody"}, "wallet"),
        ({"in_force": "perhaps"}, "in_force"),
        ({"in_force": "null"}, "in_force"),
        ({"limit": 0}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_bad_parameter_is_named(client: httpx.AsyncClient, query: dict[str, Any], field: str) -> None:
    assert fields(problem(await client.get(URL, params=query), 422, "invalid-input")) == [field]


async def test_an_unknown_category_is_reviewed_by_superseding_it(client: httpx.AsyncClient) -> None:
    [odd] = await posted(client, claim("phishing_kit"))
    assert (odd["class"], odd["review"]) == (None, True)

    [better] = await posted(client, claim("scam", supersedes=odd["id"]))

    assert (better["supersedes"], better["class"]) == (odd["id"], "illicit")
    assert await ids(client, review=True) == []
    old = (await client.get(f"{URL}/{odd['id']}")).json()
    assert old["withdrawn_at"] == better["recorded_at"]
    assert old["changes"][-1]["reason"] == f"superseded by {better['id']}"


async def test_a_wallet_shows_what_decides_and_what_does_not(client: httpx.AsyncClient) -> None:
    url = "/api/v1/wallets/acct:w/attributions"
    items = await posted(
        client,
        claim("exchange"),
        claim("scam", confidence=0.6),
        claim("odd"),
        claim("theft", valid_to="2019-01-01T00:00:00Z"),
        claim("mixer", valid_from="2100-01-01T00:00:00Z"),
        claim("dex"),
    )
    await client.delete(f"{URL}/{items[5]['id']}")

    body = (await client.get(url)).json()
    in_2018 = (await client.get(url, params={"as_of": "2018-06-01T00:00:00Z"})).json()
    unknown = (await client.get(url, params={"known_at": "2018-06-01T00:00:00Z"})).json()

    assert (body["wallet"], body["category"], body["next"]) == ("acct:w", "scam", None)
    assert [(item["category"], item["standing"]) for item in body["items"]] == [
        ("scam", "decides"),
        ("exchange", "outranked"),
        ("dex", "withdrawn"),
        ("mixer", "not_yet_valid"),
        ("theft", "no_longer_valid"),
        ("odd", "review"),
    ]
    assert in_2018["category"] == "theft"
    assert (unknown["category"], unknown["items"]) == (None, [])
    problem(await client.get("/api/v1/wallets/acct:nobody/attributions"), 404, "not-found")


def test_the_example_of_a_body_is_accepted() -> None:
    assert decode_attributions(msgspec.json.encode(BODIES["create_attributions"])) == [ATTRIBUTION_INPUT]
