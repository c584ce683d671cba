"""Webhooks as the API shows them: made, changed under their ETag, tried, disabled, and never with their secrets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook as Verifier

from api.app import create_app
from graph.model import Role
from graph.session import Graph
from jobs import webhook_desk
from settings import Settings, WebhookSettings
from tests.api.conftest import bearer, calling, fields, problem
from tests.api.test_wallets import walk
from tests.jobs.receiver import Receiver

HOOKS = "/api/v1/webhooks"
GIVEN = {"name": "case system", "url": "https://cases.example.com/s3cret-path", "types": ["alert.*"]}


async def make(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await client.post(HOOKS, json=GIVEN | changes)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_webhook_is_made_changed_disabled_enabled_and_ended(client: httpx.AsyncClient) -> None:
    made = await client.post(HOOKS, json=GIVEN)
    path, etag = f"{HOOKS}/{made.json()['id']}", made.headers["etag"]
    assert made.json()["secret"].startswith("whsec_") and made.json()["in_flight"] == 1

    problem(await client.patch(path, json={"types": ["*"]}), 428, "precondition-required")
    problem(await client.patch(path, json={"types": ["*"]}, headers={"if-match": '"x"'}), 412, "stale")
    changed = await client.patch(path, json={"types": ["*"], "in_flight": 4}, headers={"if-match": etag})
    assert (changed.json()["types"], changed.json()["in_flight"], changed.json()["name"]) == (["*"], 4, "case system")
    off = await client.patch(path, json={"enabled": False}, headers={"if-match": changed.headers["etag"]})
    assert off.json()["enabled"] is False and off.json()["disabled_reason"].startswith("disabled by key_")
    on = [await client.post(f"{path}/enable") for _ in range(2)]
    assert [one.json()["enabled"] for one in on] == [True, True] and on[0].json()["disabled_reason"] is None
    assert on[0].headers["etag"] == on[1].headers["etag"] == (await client.get(path)).headers["etag"]
    problem(await client.delete(path, headers={"if-match": etag}), 412, "stale")
    assert (await client.delete(path, headers={"if-match": on[0].headers["etag"]})).status_code == 204

    for left in (path, f"{path}/secrets", f"{path}/deliveries"):
        problem(await client.get(left), 404, "not-found")
    assert await walk(client, HOOKS) == []
    told = [event["action"] for event in await walk(client, "/api/v1/audit", subject=made.json()["id"])]
    assert told == [f"webhook.{what}" for what in ("created", "changed", "disabled", "enabled", "ended")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://user:pw@example.com/"}, "url"),
        ({"url": "http://127.0.0.1:9/"}, "url"),
        ({"url": "http://2130706433/"}, "url"),
        ({"url": "http://[::ffff:169.254.169.254]/"}, "url"),
        ({"url": "https://example.com/#x"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"types": []}, "types"),
        ({"types": ["Alert"]}, "types"),
        ({"types": ["alert*"]}, "types"),
        ({"in_flight": 0}, "in_flight"),
        ({"name": ""}, "name"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_a_webhook_that_cannot_be_is_refused_by_field(
    client: httpx.AsyncClient, changes: dict[str, Any], field: str
) -> None:
    body = problem(await client.post(HOOKS, json=GIVEN | changes), 422, "invalid-input")
    assert [name.partition("[")[0] for name in fields(body)] == [field]


async def test_a_secret_is_shown_once_and_the_last_one_stays(client: httpx.AsyncClient) -> None:
    """Sent again under its key the answer has no secret; five are the most."""
    again = {"idempotency-key": "make-one"}
    first, second = [(await client.post(HOOKS, json=GIVEN, headers=again)).json() for _ in range(2)]
    assert first["id"] == second["id"] and first["secret"] and second["secret"] is None

    path = f"{HOOKS}/{first['id']}/secrets"
    more = [(await client.post(path)).json() for _ in range(4)]
    assert len({first["secret"], *(one["secret"] for one in more)}) == 5
    problem(await client.post(path), 409, "webhook-conflict")
    listed = await walk(client, path)
    assert [set(one) for one in listed] == [{"id", "created_by", "created_at"}] * 5
    for one in listed[:4]:
        assert [(await client.delete(f"{path}/{one['id']}")).status_code for _ in range(2)] == [204, 204]
    problem(await client.delete(f"{path}/{listed[4]['id']}"), 409, "webhook-conflict")


async def test_there_are_only_so_many_webhooks(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has ended makes room for another."""
    monkeypatch.setattr(webhook_desk, "MOST_WEBHOOKS", 2)
    made = [await make(client) for _ in range(2)]
    problem(await client.post(HOOKS, json=GIVEN), 409, "webhook-conflict")

    assert (await client.delete(f"{HOOKS}/{made[0]['id']}", headers={"if-match": "*"})).status_code == 204
    assert (await client.post(HOOKS, json=GIVEN)).status_code == 201


async def test_neither_secrets_nor_the_path_of_a_url_are_told_beyond_their_answer(
    client: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    """Who may read the audit log learns where messages go, not what it takes to send or to forge one."""
    made = await make(client)
    more = (await client.post(f"{HOOKS}/{made['id']}/secrets")).json()
    auditor = bearer(keys["auditor"])

    seen = [
        (await client.get(path, headers=auditor)).text
        for path in (HOOKS, f"{HOOKS}/{made['id']}", f"{HOOKS}/{made['id']}/secrets", "/api/v1/audit", "/openapi.json")
    ]
    assert all(secret not in text for text in seen for secret in (made["secret"], more["secret"]))
    assert "s3cret-path" in seen[0] and "s3cret-path" not in seen[3]
    assert "https://cases.example.com" in seen[3]


async def test_a_test_message_tells_what_came_of_it(reaching: httpx.AsyncClient) -> None:
    async with Receiver.open() as receiver:
        made = await make(reaching, url=receiver.url)
        good = (await reaching.post(f"{HOOKS}/{made['id']}/test")).json()

        async def refuse(_message: object) -> int:
            return 500

        receiver.behave = refuse
        bad = (await reaching.post(f"{HOOKS}/{made['id']}/test")).json()

    assert (good["delivered"], good["status"], good["error"]) == (True, 204, None) and good["ms"] > 0
    assert (bad["delivered"], bad["status"], bad["error"]) == (False, 500, "answered 500")
    message = receiver.got[0]
    assert message.event["type"] == "webhook.test" and "seq" not in message.event
    Verifier(made["secret"]).verify(message.body, message.headers)
    gone = (await reaching.post(f"{HOOKS}/{made['id']}/test")).json()
    assert (gone["delivered"], gone["status"]) == (False, None) and gone["error"].startswith("ConnectError")


async def test_events_are_sent_again_after_a_seq_or_singly(client: httpx.AsyncClient) -> None:
    made = await make(client, types=["webhook.*"])
    path = f"{HOOKS}/{made['id']}"
    [created] = [one["seq"] for one in await walk(client, "/api/v1/audit", action="webhook.created")]

    one = await client.post(f"{path}/redeliver", json={"seq": created})
    assert one.json()["pending"] == 1 and one.json()["catching_up"] is False
    many = await client.post(f"{path}/redeliver", json={"after": 0})
    assert many.json()["catching_up"] is True
    problem(await client.post(f"{path}/redeliver", json={"seq": 10**9}), 404, "not-found")
    problem(await client.post(f"{path}/redeliver", json={"seq": 1, "after": 0}), 422, "invalid-input")
    problem(await client.post(f"{path}/redeliver", json={}), 422, "invalid-input")
    [listed] = await walk(client, f"{path}/deliveries", state="pending")
    assert (listed["seq"], listed["type"], listed["attempts"]) == (created, "webhook.created", 0)
    assert await walk(client, f"{path}/deliveries", state="failed") == []


@pytest.fixture
async def reaching(settings: Settings, graph: Graph, keys: dict[Role, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that may send to this machine."""
    allowed = replace(settings, webhooks=WebhookSettings(webhook_allow="127.0.0.0/8"))
    async with calling(create_app(allowed), **bearer(keys["admin"])) as opened:
        yield opened
