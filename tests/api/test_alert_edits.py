"""Working through the queue: one alert at a time under its ETag, many alike, notes, history, labels."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from graph.session import Graph
from graph.taxonomy import Taxonomy
from tests.api.conftest import bearer, fields, movement, problem
from tests.api.test_alerts_audit import ALERT
from tests.api.test_wallets import walk
from tests.builders import label

ALERTS = "/api/v1/alerts"


@pytest.fixture
async def alerts(client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy) -> list[str]:
    """Three payments of a known scam; the ids of their alerts."""
    await label(graph, taxonomy, fake="scam")
    bodies = [(await client.post("/api/v1/transactions", json=movement(n, sender="fake"))).json() for n in range(3)]
    return [body["decision"]["alert"] for body in bodies]


async def read(client: httpx.AsyncClient, alert: str) -> tuple[dict[str, Any], str]:
    answer = await client.get(f"{ALERTS}/{alert}")
    return answer.json(), answer.headers["etag"]


async def edit(client: httpx.AsyncClient, alert: str, **asked: Any) -> httpx.Response:
    _, etag = await read(client, alert)
    return await client.patch(f"{ALERTS}/{alert}", json=asked, headers={"if-match": etag})


async def test_an_alert_is_worked_from_open_to_resolved_and_back(client: httpx.AsyncClient, alerts: list[str]) -> None:
    me = (await edit(client, alerts[0], status="acknowledged", assignee="me")).json()
    resolved = await edit(client, alerts[0], status="resolved", reason="told the bank")
    again = (await edit(client, alerts[0], status="open")).json()

    assert set(me) == ALERT and me["assignee"].startswith("key_")
    assert resolved.headers["etag"] != again and resolved.json()["verdict"] == "confirmed"
    assert (again["status"], again["verdict"], again["version"], again["value"]) == ("open", None, 4, "1.5")
    assert (again["assignee"], (await read(client, alerts[0]))[0]) == (me["assignee"], again)
    history = await walk(client, f"{ALERTS}/{alerts[0]}/history", limit=1)
    assert [(one["version"], one["status"]["to"], one["reason"]) for one in history] == [
        (2, "acknowledged", None),
        (3, "resolved", "told the bank"),
        (4, "open", None),
    ]
    assert history[1]["verdict"] == {"from": None, "to": "confirmed"} and history[0]["actor"] == me["assignee"]
    events = await walk(client, "/api/v1/audit", subject=alerts[0], action="alert.changed")
    assert [event["body"]["status"]["to"] for event in events] == ["acknowledged", "resolved", "open"]


async def test_an_edit_says_which_version_it_is_of(client: httpx.AsyncClient, alerts: list[str]) -> None:
    """Without a word 428, of another version 412, before anything else is looked at."""
    path, wrong = f"{ALERTS}/{alerts[0]}", {"status": "gone"}
    _, etag = await read(client, alerts[0])
    problem(await client.patch(path, json=wrong), 428, "precondition-required")
    problem(await client.patch(path, json=wrong, headers={"if-match": '"old"'}), 412, "stale")
    problem(await client.patch(path, json=wrong, headers={"if-match": etag}), 422, "invalid-input")
    problem(await client.patch(f"{ALERTS}/none", json=wrong, headers={"if-match": etag}), 404, "not-found")

    assert (await client.patch(path, json={"assignee": "ann"}, headers={"if-match": etag})).status_code == 200
    problem(await client.patch(path, json={"assignee": "bob"}, headers={"if-match": etag}), 412, "stale")
    assert (await client.patch(path, json={"assignee": None}, headers={"if-match": "*"})).json()["assignee"] is None


async def test_of_two_at_once_one_is_told_that_it_is_late(client: httpx.AsyncClient, alerts: list[str]) -> None:
    _, etag = await read(client, alerts[0])

    answers = await asyncio.gather(
        *(
            client.patch(f"{ALERTS}/{alerts[0]}", json={"assignee": f"p{n}"}, headers={"if-match": etag})
            for n in range(8)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    assert (await read(client, alerts[0]))[0] == won and won["version"] == 2


WRONG: list[tuple[Any, str]] = [
    ({}, "body"),
    ({"status": "dismissed"}, "reason"),
    ({"status": "dismissed", "reason": " "}, "reason"),
    ({"status": None}, "status"),
    ({"verdict": "confirmed"}, "verdict"),
    ({"status": "open", "reason": "x", "verdict": "inconclusive"}, "verdict"),
    ({"assignee": ""}, "assignee"),
    ({"assignee": "x" * 201}, "assignee"),
    ({"assignee": "a\0b"}, "body"),
    ({"owner": "ann"}, "owner"),
    ([], "body"),
]


async def test_a_wrong_edit_names_its_field(client: httpx.AsyncClient, alerts: list[str]) -> None:
    for asked, named in WRONG:
        answer = await client.patch(f"{ALERTS}/{alerts[0]}", json=asked, headers={"if-match": "*"})
        assert fields(problem(answer, 422, "invalid-input")) == [named], asked

    assert (await read(client, alerts[0]))[0]["version"] == 1


async def test_an_edit_that_changes_nothing_leaves_no_trace(client: httpx.AsyncClient, alerts: list[str]) -> None:
    before, etag = await read(client, alerts[0])
    answer = await edit(client, alerts[0], status="open", assignee=None)

    assert (answer.json(), answer.headers["etag"]) == (before, etag)
    events = await walk(client, "/api/v1/audit", subject=alerts[0])
    assert [event["action"] for event in events] == ["alert.opened"]


async def test_a_bulk_edit_answers_for_each_as_alone(client: httpx.AsyncClient, alerts: list[str]) -> None:
    """One is closed already, one is stale, one unknown: the other is dismissed all the same."""
    await edit(client, alerts[0], status="resolved")
    _, old = await read(client, alerts[1])
    await edit(client, alerts[1], assignee="ann")
    _, etag = await read(client, alerts[2])
    body = {
        "alerts": [alerts[2], alerts[0], "none", alerts[1]],
        "change": {"status": "dismissed", "reason": "test payments"},
        "etags": {alerts[1]: old, alerts[2]: etag},
    }

    items = (await client.post(f"{ALERTS}/bulk", json=body)).json()["items"]

    assert [(item["id"], item["status"]) for item in items] == [
        (alerts[2], 200),
        (alerts[0], 422),
        ("none", 404),
        (alerts[1], 412),
    ]
    done, etag = await read(client, alerts[2])
    assert (items[0]["alert"], items[0]["etag"]) == (done, etag) and done["verdict"] == "false_positive"
    assert [item["problem"] and item["problem"]["type"] for item in items[1:]] == [
        "/docs#invalid-input",
        "/docs#not-found",
        "/docs#stale",
    ]
    assert items[1]["problem"]["errors"][0]["field"] == "status"
    assert (await read(client, alerts[0]))[0]["status"] == "resolved"


WRONG_BULK: list[tuple[Any, str]] = [
    ({"alerts": [], "change": {"status": "open"}}, "alerts"),
    ({"alerts": ["a", "a"], "change": {"status": "open"}}, "alerts[1]"),
    ({"alerts": ["a"], "change": {"status": "gone"}}, "change.status"),
    ({"alerts": ["a"], "change": {"status": "open"}, "etags": {"b": '"x"'}}, "etags"),
    ({"alerts": [str(n) for n in range(1_001)], "change": {"status": "open"}}, "alerts"),
    ({"alerts": ["a"]}, "change"),
]


async def test_a_wrong_bulk_edit_is_refused_as_a_whole(client: httpx.AsyncClient) -> None:
    for body, named in WRONG_BULK:
        answer = await client.post(f"{ALERTS}/bulk", json=body)
        assert fields(problem(answer, 422, "invalid-input")) == [named], str(body)[:60]


async def test_crossing_bulk_edits_do_not_wait_for_each_other_in_a_ring(
    client: httpx.AsyncClient, alerts: list[str]
) -> None:
    orders = [alerts, alerts[::-1], [alerts[1], alerts[2], alerts[0]]] * 4

    answers = await asyncio.gather(
        *(
            client.post(f"{ALERTS}/bulk", json={"alerts": order, "change": {"assignee": f"p{n}"}})
            for n, order in enumerate(orders)
        )
    )

    assert {item["status"] for answer in answers for item in answer.json()["items"]} == {200}
    for alert in alerts:
        assert (await read(client, alert))[0]["version"] == 1 + len(orders)


async def test_a_note_is_kept_and_what_it_says_can_be_erased(client: httpx.AsyncClient, alerts: list[str]) -> None:
    path = f"{ALERTS}/{alerts[0]}/notes"
    made = [(await client.post(path, json={"text": f"Ann called, {n}"})).json() for n in range(3)]
    erased = [await client.delete(f"{path}/{made[1]['id']}") for _ in range(2)]

    notes = await walk(client, path, limit=2)

    assert [answer.status_code for answer in erased] == [204, 204]
    assert notes == [made[0], made[1] | {"text": None}, made[2]]
    events = await walk(client, "/api/v1/audit", subject=alerts[0])
    assert [event["action"] for event in events] == ["alert.opened", *["alert.noted"] * 3, "alert.note_erased"]
    assert "Ann" not in str(events) and events[4]["body"]["digest"] == made[1]["digest"]
    problem(await client.delete(f"{ALERTS}/{alerts[1]}/notes/{made[0]['id']}"), 404, "not-found")
    problem(await client.post(f"{ALERTS}/none/notes", json={"text": "x"}), 404, "not-found")


async def test_verdicts_in_force_are_labels_until_taken_back(client: httpx.AsyncClient, alerts: list[str]) -> None:
    await edit(client, alerts[0], status="resolved")
    await edit(client, alerts[1], status="dismissed", reason="a test", verdict="inconclusive")
    await edit(client, alerts[1], verdict="false_positive")
    before = await walk(client, "/api/v1/labels", limit=1)
    await edit(client, alerts[0], status="open")

    after = await walk(client, "/api/v1/labels")

    assert [(one["alert"], one["label"], one["category"]) for one in before] == [
        (alerts[0], "confirmed", "scam"),
        (alerts[1], "false_positive", "scam"),
    ]
    assert before[0]["transaction"] == "acct:p0" and set(before[0]["wallets"]) == {"acct:fake", "acct:b"}
    assert after == before[1:]
    assert await walk(client, "/api/v1/labels", verdict="confirmed") == []


async def test_an_investigator_works_and_an_auditor_looks(
    client: httpx.AsyncClient, alerts: list[str], keys: dict[Any, str]
) -> None:
    path, body = f"{ALERTS}/{alerts[0]}", {"status": "acknowledged"}
    auditor, investigator = (bearer(keys[role]) | {"if-match": "*"} for role in ("auditor", "investigator"))
    problem(await client.patch(path, json=body, headers=auditor), 403, "forbidden")

    assert (await client.patch(path, json=body, headers=investigator)).status_code == 200
    problem(await client.post(f"{path}/suppress", json={"reason": "x"}, headers=investigator), 403, "forbidden")


async def test_groups_and_filters_lead_to_the_alerts(client: httpx.AsyncClient, alerts: list[str]) -> None:
    await edit(client, alerts[0], assignee="ann")
    [group] = await walk(client, f"{ALERTS}/groups")

    assert (group["count"], group["open"], group["value"], group["category"]) == (3, 3, "4.5", "scam")
    members = await walk(client, ALERTS, group=group["group_id"], limit=1)
    assert {one["id"] for one in members} == set(alerts) and members[0]["id"] == group["first"]
    assert [one["id"] for one in await walk(client, ALERTS, assignee="ann")] == [alerts[0]]
    assert len(await walk(client, ALERTS, assignee="none", wallet="acct:fake", category="scam")) == 2
    assert await walk(client, ALERTS, wallet="acct:nobody") == []
    assert await walk(client, ALERTS, to="2020-01-01T00:00:00Z") == []
    newest = await walk(client, ALERTS, sort="newest", limit=1)
    assert [one["id"] for one in newest] == alerts[::-1]
    cursor = (await client.get(ALERTS, params={"limit": 1})).json()["next"]
    wrong = await client.get(ALERTS, params={"sort": "newest", "cursor": cursor})
    assert fields(problem(wrong, 422, "invalid-input")) == ["cursor"]
    assert fields(problem(await client.get(ALERTS, params={"wallet": "x"}), 422, "invalid-input")) == ["wallet"]
