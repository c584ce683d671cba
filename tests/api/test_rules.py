"""Rules over HTTP: versions appended, one in force, edits that name what they are of, errors that name the place."""

from __future__ import annotations

from typing import Any

import httpx

from api.app import create_app
from graph.model import Role
from graph.session import Graph
from jobs.services import open_services
from settings import Settings
from tests.api.conftest import bearer, calling, fields, problem


def body(**changes: Any) -> dict[str, Any]:
    drawn = {
        "id": "red_goods",
        "title": "Red goods",
        "why": "Red goods are bought with stolen cards.",
        "reason": "RULE_RED",
        "score": 0.5,
        "when": {"field": "context.colour", "op": "eq", "value": "red"},
    } | changes
    return {name: value for name, value in drawn.items() if value is not None}


async def created(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    response = await client.post("/api/v1/rules", json=body(**changes))
    assert response.status_code == 201, response.text
    return response


async def test_a_rule_is_drafted_activated_changed_and_retired(client: httpx.AsyncClient) -> None:
    # The version in force stays so while a new one is drafted; every version is kept, and each step is
    # an event by whoever took it.
    draft = await created(client)
    assert (draft.json()["state"], draft.json()["version"], draft.json()["active_version"]) == ("draft", 1, None)

    active = (await client.post("/api/v1/rules/red_goods/activate")).json()
    assert (active["state"], active["active_version"]) == ("active", 1)

    seen = await client.get("/api/v1/rules/red_goods")
    tag = {"If-Match": seen.headers["etag"]}
    changed = (await client.patch("/api/v1/rules/red_goods", json={"score": 0.9}, headers=tag)).json()
    assert (changed["version"], changed["score"], changed["active_version"]) == (2, 0.9, 1)
    assert changed["when"] == body()["when"]

    assert (await client.post("/api/v1/rules/red_goods/activate", json={"version": 2})).json()["active_version"] == 2
    assert (await client.delete("/api/v1/rules/red_goods")).status_code == 204
    retired = (await client.get("/api/v1/rules/red_goods")).json()
    assert (retired["state"], retired["active_version"], retired["version"]) == ("retired", None, 2)

    versions = (await client.get("/api/v1/rules/red_goods/versions")).json()["items"]
    assert [(one["version"], one["score"]) for one in versions] == [(2, 0.9), (1, 0.5)]
    events = (await client.get("/api/v1/audit", params={"subject": "red_goods"})).json()["items"]
    assert [event["action"] for event in events] == [
        *("rule.created", "rule.activated", "rule.changed", "rule.activated", "rule.retired")
    ]
    assert {event["actor"] for event in events} == {versions[0]["author"]}


async def test_writing_a_rule_again_changes_nothing(client: httpx.AsyncClient) -> None:
    first = await created(client)

    again = await client.post("/api/v1/rules", json=body())
    assert (again.status_code, again.json()) == (200, first.json())
    problem(await client.post("/api/v1/rules", json=body(score=0.1)), 409, "book-conflict")

    tag = {"If-Match": first.headers["etag"]}
    same = await client.put("/api/v1/rules/red_goods", json=body(), headers=tag)
    assert (same.json()["version"], same.headers["etag"]) == (1, first.headers["etag"])
    for _ in range(2):
        assert (await client.post("/api/v1/rules/red_goods/activate")).status_code == 200
        assert (await client.delete("/api/v1/rules/red_goods")).status_code == 204
    events = (await client.get("/api/v1/audit", params={"subject": "red_goods"})).json()["items"]
    assert [event["action"] for event in events] == [
        *("rule.created", "rule.activated", "rule.retired", "rule.activated", "rule.retired")
    ]


async def test_an_edit_says_which_version_it_is_of(client: httpx.AsyncClient) -> None:
    # Two supervisors edit at once: the second must not undo the first unseen.
    # If-Match is looked at before anything else, even a body that cannot be.
    first = await created(client)
    old = {"If-Match": first.headers["etag"]}
    url = "/api/v1/rules/red_goods"

    problem(await client.patch(url, content=b"nonsense"), 428, "precondition-required")
    problem(await client.put(url, json={}), 428, "precondition-required")
    assert (await client.patch(url, json={"score": 0.6}, headers=old)).status_code == 200
    problem(await client.patch(url, json={"score": 0.7}, headers=old), 412, "stale")
    problem(await client.put(url, json=body(score=0.7), headers=old), 412, "stale")

    assert (await client.patch(url, json={"score": 0.7}, headers={"If-Match": "*"})).json()["version"] == 3
    latest = (await client.get(url)).headers["etag"]
    several = {"If-Match": f'"other", {latest}'}
    assert (await client.patch(url, json={"score": 0.8}, headers=several)).json()["version"] == 4
    weak = {"If-Match": "W/" + (await client.get(url)).headers["etag"]}
    problem(await client.patch(url, json={"score": 0.9}, headers=weak), 412, "stale")
    # A change of state is a change too.
    before = {"If-Match": (await client.get(url)).headers["etag"]}
    await client.post(f"{url}/activate")
    problem(await client.patch(url, json={"score": 0.9}, headers=before), 412, "stale")


async def test_a_patch_takes_an_optional_field_away(client: httpx.AsyncClient) -> None:
    first = await created(client, floor=0.7, typology="reds")

    changed = await client.patch(
        "/api/v1/rules/red_goods", json={"floor": None}, headers={"If-Match": first.headers["etag"]}
    )

    assert (changed.json()["floor"], changed.json()["typology"]) == (None, "reds")
    refused = await client.patch("/api/v1/rules/red_goods", json={"title": None}, headers={"If-Match": "*"})
    assert fields(problem(refused, 422, "invalid-input")) == ["title"]


async def test_what_cannot_be_is_named(client: httpx.AsyncClient) -> None:
    test = {"field": "context.colour", "op": "eq", "value": "red"}
    wrong = [
        ({"when": {"all": [test, {"field": "sender.colour", "op": "eq", "value": 1}]}}, "when.all[1].field"),
        ({"when": {"not": {"field": "exposure.source.mixers", "op": "gt", "value": 0.1}}}, "when.not.field"),
        ({"when": {"fields": "x"}}, "when.fields"),
        ({"score": 1.5}, "score"),
        ({"id": "Red Goods"}, "id"),
        ({"id": "red_goods\n"}, "id"),
        ({"id": "backtest"}, "id"),
        ({"reason": "EXPOSURE_SCAM_DIRECT"}, "reason"),
        ({"reason": "RULE_NOT_JUDGED"}, "reason"),
        ({"reason": "WATCHED_MOVEMENT"}, "reason"),
        ({"reason": "red"}, "reason"),
        ({"colour": "red"}, "colour"),
        ({"title": ""}, "title"),
        ({"why": "a\0b"}, "body"),
    ]
    for changes, place in wrong:
        refused = await client.post("/api/v1/rules", json=body(**changes))
        assert fields(problem(refused, 422, "invalid-input")) == [place], changes
    missing = await client.post("/api/v1/rules", json=body(why=None))
    assert fields(problem(missing, 422, "invalid-input")) == ["why"]
    problem(await client.post("/api/v1/rules", content=b"{"), 400, "malformed-json")
    assert (await client.get("/api/v1/rules", params={"state": "draft"})).json()["items"] == []

    await created(client)
    unknown = await client.post("/api/v1/rules/red_goods/activate", json={"version": 2})
    assert fields(problem(unknown, 422, "invalid-input")) == ["version"]
    for method, path in (("POST", "nobody/activate"), ("DELETE", "nobody"), ("GET", "nobody/versions")):
        problem(await client.request(method, f"/api/v1/rules/{path}"), 404, "not-found")


async def test_rules_are_listed_by_state_and_paged(client: httpx.AsyncClient) -> None:
    for name in ("aa", "bb", "cc"):
        await created(client, id=name)
    await client.post("/api/v1/rules/bb/activate")

    drafts = (await client.get("/api/v1/rules", params={"state": "draft"})).json()["items"]
    assert [rule["id"] for rule in drafts] == ["aa", "cc"]
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while cursor is not None:
        page = (await client.get("/api/v1/rules", params={"limit": 2, **cursor})).json()
        found += [rule["id"] for rule in page["items"]]
        cursor = {"cursor": page["next"]} if page["next"] else None  # type: ignore[assignment]
    assert found == sorted(found)
    assert {"aa", "bb", "cc", "structuring"} <= set(found)


async def test_fields_and_operators_are_told(client: httpx.AsyncClient) -> None:
    told = (await client.get("/api/v1/rules/fields")).json()

    kinds = {field["name"]: field["kind"] for field in told["fields"]}
    assert kinds["transaction.value"] == "money"
    assert kinds["exposure.source.mixer"] == "share"
    assert {operator["name"] for operator in told["operators"]} >= {"regex", "between", "exists"}
    assert told["limits"]["depth"] == 8


async def test_investigators_read_and_do_not_write(settings: Settings, graph: Graph, keys: dict[Role, str]) -> None:
    async with calling(create_app(settings), **bearer(keys["investigator"])) as client:
        assert (await client.get("/api/v1/rules")).status_code == 200
        problem(await client.post("/api/v1/rules", json=body()), 403, "forbidden")
        problem(await client.post("/api/v1/policies/classic-1/activate"), 403, "forbidden")


async def test_a_rule_activated_by_one_process_is_used_by_the_next_request_of_another(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    # Two sets of services over one ledger are what two processes have.
    # The second has its book loaded before the first changes it.
    async with open_services(settings) as other:
        before = await other.current_book()
        await created(client)
        assert await other.current_book() is before

        await client.post("/api/v1/rules/red_goods/activate")

        book = await other.current_book()
        assert "red_goods" in {one.rule.id for one in book.rules}
        assert "red_goods" not in {one.rule.id for one in before.rules}
        assert book.revision == before.revision + 1
