"""An admin makes people and keys, whose secrets are shown once, and ends what they may do within seconds."""

from __future__ import annotations

import asyncio
import logging

import httpx
import psycopg
import pytest

from api import callers
from ledger.keys import create_key, find_key
from ledger.session import Ledger
from ledger.users import disable_user
from tests.api.conftest import bearer, fields, problem
from tests.api.people import PROOF, cookie_of, person, signed_in
from tests.servers import Servers

USERS, KEYS, ME = "/api/v1/users", "/api/v1/keys", "/api/v1/me"


@pytest.fixture(autouse=True)
def _short_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "CACHE_S", 0.2)


async def as_(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    """Who is calling, by these headers and not by the client's key."""
    return await client.get(ME, headers={"authorization": "", **headers})


async def test_somebody_made_signs_in_with_a_password_shown_once(client: httpx.AsyncClient) -> None:
    made = await client.post(USERS, json={"name": " Zoë ", "role": "auditor"})

    assert made.status_code == 201
    user = made.json()
    assert (user["name"], user["role"], user["must_change_password"]) == ("zoë", "auditor", True)
    begun = await signed_in(client, "ZOË", user["password"], authorization="")
    assert begun.json()["id"] == user["id"]
    known = (await client.get(made.headers["location"])).json()
    assert "password" not in known and known["id"] == user["id"]
    assert (await client.get(USERS)).json()["items"] == [known]


async def test_a_name_is_never_given_again(client: httpx.AsyncClient) -> None:
    made = (await client.post(USERS, json={"name": "ann", "role": "auditor"})).json()
    assert (await client.delete(f"{USERS}/{made['id']}")).status_code == 204

    problem(await client.post(USERS, json={"name": "ANN", "role": "admin"}), 409, "name-taken")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "role": "admin"}, "name"),
        ({"name": " \t", "role": "admin"}, "name"),
        ({"name": "a\u0007b", "role": "admin"}, "name"),
        ({"name": "x" * 101, "role": "admin"}, "name"),
        ({"name": "x", "role": "king"}, "role"),
        ({"name": "x"}, "role"),
        ({"name": "x", "role": "admin", "password": "y"}, "password"),
    ],
)
@pytest.mark.parametrize("path", [USERS, KEYS])
async def test_a_misfit_is_not_made(client: httpx.AsyncClient, path: str, body: dict[str, str], field: str) -> None:
    refused = problem(await client.post(path, json=body), 422, "invalid-input")

    assert fields(refused) == [field]
    assert [i for i in (await client.get(path)).json()["items"] if not i["name"].startswith("test ")] == []


async def test_disabling_somebody_ends_their_sessions_within_seconds(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ann = await person(ledger, "ann", "auditor")
    cookie = cookie_of(await signed_in(client, "ann", authorization=""))
    assert (await as_(client, cookie)).status_code == 200

    for _ in range(2):
        assert (await client.delete(f"{USERS}/{ann}")).status_code == 204
    await asyncio.sleep(0.25)

    problem(await as_(client, cookie), 401, "unauthenticated")
    problem(await signed_in(client, "ann", authorization=""), 401, "unauthenticated")
    events = (await client.get("/api/v1/audit", params={"action": "user.disabled"})).json()["items"]
    assert [event["subject"] for event in events] == [ann]
    problem(await client.post(f"{USERS}/{ann}/password"), 404, "not-found")
    problem(await client.delete(f"{USERS}/usr_nobody"), 404, "not-found")


async def test_disabling_somebody_ends_the_keys_they_made(client: httpx.AsyncClient, ledger: Ledger) -> None:
    """Those made with their keys too; a key of somebody else goes on, and a second disabling changes nothing."""
    cookies = {}
    for name in ("ann", "bob"):
        await person(ledger, name, "admin")
        cookies[name] = cookie_of(await signed_in(client, name, authorization="")) | PROOF | {"authorization": ""}
    anns = (await client.post(KEYS, json={"name": "hub", "role": "admin"}, headers=cookies["ann"])).json()
    further = (await client.post(KEYS, json={"name": "hub2", "role": "auditor"}, headers=bearer(anns["key"]))).json()
    bobs = (await client.post(KEYS, json={"name": "hub3", "role": "auditor"}, headers=cookies["bob"])).json()
    for key in (anns, further, bobs):
        assert (await client.get(ME, headers=bearer(key["key"]))).status_code == 200

    for _ in range(2):
        await client.delete(f"{USERS}/{anns['created_by']}")
    await asyncio.sleep(0.25)

    for key in (anns, further):
        problem(await client.get(ME, headers=bearer(key["key"])), 401, "unauthenticated")
    assert (await client.get(ME, headers=bearer(bobs["key"]))).status_code == 200
    ended = {key["id"] for key in (await client.get(KEYS)).json()["items"] if key["revoked_at"]}
    events = (await client.get("/api/v1/audit", params={"action": "key.revoked"})).json()["items"]
    assert ended == {anns["id"], further["id"]} == {event["subject"] for event in events} and len(events) == 2


async def test_a_key_made_while_its_maker_is_being_disabled_does_not_work(ledger: Ledger) -> None:
    """A session may be taken for good for seconds after it ended, also to make a key."""
    ann = await person(ledger, "ann", "admin")
    async with ledger.transaction() as connection:
        await disable_user(connection, ann)
        _, late = await create_key(connection, "late", "admin", created_by=ann)
        _, nobodys = await create_key(connection, "other", "admin")

        assert await find_key(connection, late) is None
        assert await find_key(connection, nobodys) is not None


async def test_a_reset_ends_the_sessions_and_the_password_of_before(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ann = await person(ledger, "ann", "auditor")
    cookie = cookie_of(await signed_in(client, "ann", authorization=""))

    reset = (await client.post(f"{USERS}/{ann}/password")).json()
    await asyncio.sleep(0.25)

    problem(await as_(client, cookie), 401, "unauthenticated")
    problem(await signed_in(client, "ann", authorization=""), 401, "unauthenticated")
    begun = await signed_in(client, "ann", reset["password"], authorization="")
    assert begun.json()["must_change_password"] is True


async def test_a_key_is_shown_once_and_says_whose_doing_it_is(client: httpx.AsyncClient, ledger: Ledger) -> None:
    root = await person(ledger, "root", "admin")
    cookie = cookie_of(await signed_in(client, "root", authorization="")) | PROOF | {"authorization": ""}

    made = (await client.post(KEYS, json={"name": "hub", "role": "integrator"}, headers=cookie)).json()

    assert made["created_by"] == root and made["key"].endswith(made["last4"])
    assert (await client.get(ME, headers=bearer(made["key"]))).json()["id"] == made["id"]
    listed = (await client.get(KEYS)).json()["items"]
    assert made["key"] not in str(listed) and made["id"] in [key["id"] for key in listed]
    for _ in range(2):
        assert (await client.delete(f"{KEYS}/{made['id']}")).status_code == 204
    await asyncio.sleep(0.25)
    problem(await client.get(ME, headers=bearer(made["key"])), 401, "unauthenticated")
    problem(await client.delete(f"{KEYS}/key_nothing"), 404, "not-found")
    events = (await client.get("/api/v1/audit", params={"subject": made["id"]})).json()["items"]
    assert [(e["action"], e["actor"]) for e in events[:1]] == [("key.created", root)]
    assert [e["action"] for e in events] == ["key.created", "key.revoked"]


async def test_lists_of_people_and_keys_come_in_pages(client: httpx.AsyncClient) -> None:
    for name in ("a", "b", "c"):
        await client.post(USERS, json={"name": name, "role": "auditor"})

    first = (await client.get(USERS, params={"limit": 2})).json()
    rest = (await client.get(USERS, params={"cursor": first["next"]})).json()

    assert [user["name"] for user in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next"] is None
    page = (await client.get(KEYS, params={"limit": 4})).json()
    assert len((await client.get(KEYS, params={"cursor": page["next"]})).json()["items"]) == 1


async def test_whoever_reads_is_told_the_names_behind_ids(client: httpx.AsyncClient, ledger: Ledger) -> None:
    ann, gone = await person(ledger, "ann", "investigator"), await person(ledger, "gone", "supervisor")
    async with ledger.transaction() as connection:
        await disable_user(connection, gone)
        _, key = await create_key(connection, "reader", "auditor")
    found = {}
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/api/v1/actors", params={"limit": 2, **cursor}, headers=bearer(key))).json()
        found |= {one["id"]: one for one in page["items"]}
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found[ann] == {"id": ann, "name": "ann", "role": "investigator", "may_act": True}
    assert not found[gone]["may_act"]
    assert {one["name"] for one in found.values()} > {"ann", "gone", "reader", "test admin"}


async def test_no_secret_is_logged_not_even_at_debug(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        user = (await client.post(USERS, json={"name": "ann", "role": "auditor"})).json()
        key = (await client.post(KEYS, json={"name": "k", "role": "auditor"})).json()
        await client.get(ME, headers=bearer(key["key"]))
        await signed_in(client, "ann", "a wrong guess of mine", authorization="")
        cookie = cookie_of(await signed_in(client, "ann", user["password"], authorization=""))
        body = {"current": user["password"], "new": "winter moth on a slate roof"}
        headers = cookie | PROOF | {"authorization": ""}
        assert (await client.put(f"{ME}/password", json=body, headers=headers)).status_code == 204
        await client.put(
            f"{ME}/password", content=b'{"current": "winter moth on a slate roof", "new": 7}', headers=headers
        )

    said = caplog.text + "".join(capsys.readouterr())
    assert "sign-in refused" in said and user["id"] in said
    token = cookie["cookie"].partition("=")[2]
    for secret in (
        user["password"],
        key["key"],
        token,
        "a wrong guess of mine",
        "winter moth",
        client.headers["authorization"][10:],
    ):
        assert secret not in said


async def test_no_secret_stands_in_the_ledger(client: httpx.AsyncClient, servers: Servers) -> None:
    header = {"Idempotency-Key": "once"}
    user = (await client.post(USERS, json={"name": "ann", "role": "auditor"}, headers=header)).json()
    key = (await client.post(KEYS, json={"name": "k", "role": "auditor"}, headers={"Idempotency-Key": "2"})).json()
    reset = (await client.post(f"{USERS}/{user['id']}/password", headers={"Idempotency-Key": "3"})).json()
    begun = await signed_in(client, "ann", reset["password"], authorization="")
    token = cookie_of(begun)["cookie"].partition("=")[2]

    with psycopg.connect(servers.postgres_admin_url) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        text = "".join(str(connection.execute(f"SELECT t::text FROM {name} t").fetchall()) for name in tables)

    assert user["id"] in text and key["id"] in text
    for secret in (user["password"], key["key"], key["key"][3:], reset["password"], token):
        assert secret not in text
        assert secret.encode().hex() not in text


async def test_the_application_cannot_give_anybody_another_role(client: httpx.AsyncClient, servers: Servers) -> None:
    # No operation changes a role, so whoever gets hold of the application's login must not either.
    await client.post(USERS, json={"name": "ann", "role": "auditor"})

    for table in ("users", "api_keys"):
        with (
            psycopg.connect(servers.postgres_url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"UPDATE {table} SET role = 'admin'")
