"""Cases gather alerts and wallets; each change is recorded, edits name the version they are of."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.api.conftest import fields, movement, problem
from tests.api.test_wallets import walk
from tests.builders import label
from tests.servers import Servers

CASES = "/api/v1/cases"


async def alert_of(client: httpx.AsyncClient, number: int) -> str:
    """The alert of a payment from a sanctioned wallet."""
    posted = await client.post("/api/v1/transactions", json=movement(number, sender="listed"))
    return str(posted.json()["decision"]["alert"])


@pytest.fixture
async def alerts(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> list[str]:
    await label(graph, taxonomy, listed="sanctions")
    return [await alert_of(client, number) for number in range(3)]


async def opened(client: httpx.AsyncClient, **given: Any) -> tuple[str, str]:
    """A new case: where it is, and its ETag."""
    made = await client.post(CASES, json={"title": "A case"} | given)
    assert made.status_code == 201, made.text
    return made.headers["location"], made.headers["etag"]


async def test_a_case_is_opened_with_what_it_gathers(client: httpx.AsyncClient, alerts: list[str]) -> None:
    sent = {"title": " Payments ", "assignee": "me", "alerts": alerts[:2], "wallets": ["acct:listed"]}
    made = await client.post(CASES, json=sent)
    case = made.json()

    me = case["created_by"]
    assert (case["title"], case["status"], case["assignee"], case["outcome"]) == ("Payments", "open", me, None)
    assert (case["alerts"], case["wallets"], case["closing"]) == (sorted(alerts[:2]), ["acct:listed"], None)
    read = await client.get(made.headers["location"])
    assert (read.json(), read.headers["etag"]) == (case, made.headers["etag"])
    history = await walk(client, made.headers["location"] + "/history")
    assert [(event["action"], event["actor"]) for event in history] == [("case.opened", me)]


async def test_an_alert_is_in_one_case_at_most(client: httpx.AsyncClient, alerts: list[str]) -> None:
    first, _ = await opened(client, alerts=alerts[:1])
    second, _ = await opened(client)

    refused = await client.post(second + "/alerts", json={"alerts": alerts[:2]})
    assert first.rpartition("/")[2] in problem(refused, 409, "case-conflict")["detail"]
    problem(await client.post(CASES, json={"title": "x", "alerts": alerts[:1]}), 409, "case-conflict")
    assert (await client.get(second)).json()["alerts"] == []

    assert (await client.delete(f"{first}/alerts/{alerts[0]}")).status_code == 204
    problem(await client.delete(f"{first}/alerts/{alerts[0]}"), 404, "not-found")
    moved = await client.post(second + "/alerts", json={"alerts": alerts[:2]})
    assert moved.json()["alerts"] == sorted(alerts[:2])
    assert len(await walk(client, CASES)) == 2


async def test_of_two_cases_that_take_an_alert_at_once_one_has_it(client: httpx.AsyncClient, alerts: list[str]) -> None:
    cases = [(await opened(client))[0] for _ in range(6)]

    answers = await asyncio.gather(*(client.post(c + "/alerts", json={"alerts": alerts[:1]}) for c in cases))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    owner = [answer.json()["id"] for answer in answers if answer.status_code == 200]
    assert [case["id"] for case in await walk(client, CASES, alert=alerts[0])] == owner


async def test_cases_are_found_by_status_assignee_alert_and_wallet(
    client: httpx.AsyncClient, alerts: list[str]
) -> None:
    one, _ = await opened(client, title="one", assignee="ada", alerts=alerts[:1], wallets=["acct:a"])
    two, _ = await opened(client, title="two", wallets=["acct:a", "acct:b"])

    async def found(**asked: str) -> list[str]:
        return [str(case["title"]) for case in await walk(client, CASES, limit=1, **asked)]

    assert await found() == ["two", "one"]
    assert await found(assignee="ada") == ["one"]
    assert await found(assignee="") == ["two"]
    assert await found(alert=alerts[0]) == ["one"]
    assert await found(alert=alerts[1]) == []
    assert await found(wallet="acct:a") == ["two", "one"]
    assert await found(wallet="acct:b", status="open") == ["two"]
    assert await found(status="closed") == []
    assert (await client.delete(f"{two}/wallets/acct:a")).status_code == 204
    assert await found(wallet="acct:a") == ["one"]
    assert one != two


async def test_an_edit_names_the_version_it_is_of(client: httpx.AsyncClient) -> None:
    case, etag = await opened(client)

    problem(await client.patch(case, json={"title": "x"}), 428, "precondition-required")
    first = await client.patch(case, json={"assignee": "ada"}, headers={"if-match": etag})
    assert (first.status_code, first.json()["assignee"], first.json()["title"]) == (200, "ada", "A case")
    problem(await client.patch(case, json={"title": "x"}, headers={"if-match": etag}), 412, "stale")
    again = await client.patch(case, json={"assignee": None}, headers={"if-match": first.headers["etag"]})
    assert again.json()["assignee"] is None
    same = await client.patch(case, json={"title": "A case"}, headers={"if-match": again.headers["etag"]})
    assert same.headers["etag"] == again.headers["etag"]
    assert [event["action"] for event in await walk(client, case + "/history")][1:] == ["case.edited"] * 2


async def test_of_many_edits_of_one_version_one_is_made(client: httpx.AsyncClient) -> None:
    case, etag = await opened(client)

    answers = await asyncio.gather(
        *(client.patch(case, json={"title": f"t{n}"}, headers={"if-match": etag}) for n in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "title"),
    ({"title": " "}, "title"),
    ({"title": "a\0b"}, "body"),
    ({"title": "x" * 201}, "title"),
    ({"title": 1}, "title"),
    ({"title": "x", "colour": "red"}, "colour"),
    ({"title": "x", "alerts": ["alr_none"]}, "alerts[0]"),
    ({"title": "x", "wallets": ["acct:a", "nowhere"]}, "wallets[1]"),
    ({"title": "x", "wallets": ["a:b"] * 1001}, "wallets"),
]


async def test_what_cannot_be_a_case_is_refused_by_its_field(client: httpx.AsyncClient) -> None:
    for sent, field in WRONG:
        refused = problem(await client.post(CASES, json=sent), 422, "invalid-input")
        assert fields(refused) == [field], sent
    assert await walk(client, CASES) == []


async def test_a_body_that_is_not_json_is_malformed(client: httpx.AsyncClient) -> None:
    problem(await client.post(CASES, content=b"{"), 400, "malformed-json")
    deep = await client.post(CASES, content=b"[" * 100_000)
    assert deep.status_code in {400, 422}


async def test_what_a_note_said_is_not_kept_with_its_idempotent_answer(
    client: httpx.AsyncClient, servers: Servers, alerts: list[str]
) -> None:
    # Erased means gone: an answer kept for a day must not hold it, nor give it back.
    case, _ = await opened(client)
    for notes in (f"{case}/notes", f"/api/v1/alerts/{alerts[0]}/notes"):
        sent = {"json": {"text": "Mr X says it was a refund"}, "headers": {"idempotency-key": notes}}
        first = (await client.post(notes, **sent)).json()
        await client.delete(f"{notes}/{first['id']}")

        again = await client.post(notes, **sent)

        assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
        assert first["text"] and again.json() == first | {"text": None}
    with psycopg.connect(servers.postgres_admin_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM idempotency WHERE position('refund'::bytea IN body) > 0"
        ).fetchone()
    assert row == (0,)


async def test_a_note_can_be_erased_and_its_digest_stays(client: httpx.AsyncClient, keys: dict[str, str]) -> None:
    case, _ = await opened(client)
    made = (await client.post(case + "/notes", json={"text": "Mr X says it was a refund"})).json()
    await client.post(case + "/notes", json={"text": "second"})
    where = f"{case}/notes/{made['id']}"

    other, _ = await opened(client)
    problem(await client.delete(f"{other}/notes/{made['id']}"), 404, "not-found")
    for role in ("investigator", "supervisor", "auditor"):
        theirs = {"authorization": f"Bearer {keys[role]}"}
        problem(await client.delete(where, headers=theirs), 403, "forbidden")
    assert (await client.delete(where)).status_code == (await client.delete(where)).status_code == 204

    first, second = await walk(client, case + "/notes", limit=1)
    assert (first["text"], first["digest"], second["text"]) == (None, made["digest"], "second")
    history = await walk(client, case + "/history")
    assert [e["action"] for e in history] == ["case.opened", "case.noted", "case.noted", "case.note_erased"]
    assert "refund" not in str(await walk(client, "/api/v1/audit"))
    problem(await client.post(CASES + "/none/notes", json={"text": "x"}), 404, "not-found")
    problem(await client.get(CASES + "/none/notes"), 404, "not-found")
