"""Sessions of people: the cookie, what it is worth without the header, how it ends, and what is told of failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import httpx
import pytest
from redis.asyncio import Redis

from api import callers
from api.app import create_app
from graph.errors import InvalidInput
from graph.session import Graph
from jobs.people import change_password, reset_password
from jobs.services import Services
from jobs.signing_in import PAIR
from ledger.audit import list_events
from ledger.passwords import Passwords
from ledger.session import Ledger
from ledger.users import find_secret, get_user
from settings import Settings
from tests.api.conftest import calling, fields, problem
from tests.api.people import HOST, PASSWORD, PROOF, cookie_of, person, signed_in
from tests.servers import Servers

ME, SESSIONS, CURRENT, OWN = "/api/v1/me", "/api/v1/sessions", "/api/v1/sessions/current", "/api/v1/me/password"
RUNS = "/api/v1/scoring-runs"
NEW = "winter moth on a slate roof"


@pytest.fixture
async def anybody(
    settings: Settings, graph: Graph, ledger: Ledger, servers: Servers
) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key; attempts of earlier tests are forgotten."""
    redis = Redis.from_url(servers.redis_url)
    async for key in redis.scan_iter("headwater:limit:*"):
        await redis.delete(key)
    await redis.aclose()
    async with calling(create_app(settings)) as opened:
        yield opened


async def actions(ledger: Ledger) -> list[tuple[str, str, str]]:
    async with ledger.read() as connection:
        return [(event.action, event.actor, event.subject) for event in await list_events(connection)]


async def test_the_cookie_is_out_of_reach_and_opens_what_the_role_may_do(
    anybody: httpx.AsyncClient, ledger: Ledger
) -> None:
    ann = await person(ledger, "ann", "investigator")

    begun = await signed_in(anybody, "Ann")

    assert begun.json().keys() == {"id", "name", "role", "must_change_password", "ends_at"}
    name, *attributes = begun.headers["set-cookie"].split("; ")
    assert name.startswith("headwater=") and len(name) == len("headwater=") + 43
    assert {a.lower() for a in attributes} == {"httponly", "path=/", "samesite=strict", "max-age=43200"}
    me = await anybody.get(ME, headers=cookie_of(begun))
    assert me.json() == {
        "id": ann,
        "name": "ann",
        "role": "investigator",
        "kind": "person",
        "must_change_password": False,
    }
    problem(await anybody.get("/api/v1/audit", headers=cookie_of(begun)), 403, "forbidden")
    assert await actions(ledger) == [("session.started", ann, ann)]


async def test_beyond_loopback_the_cookie_goes_over_tls_only(anybody: httpx.AsyncClient, ledger: Ledger) -> None:
    await person(ledger, "ann", "auditor")

    begun = await signed_in(anybody, "ann", host="risk.example")

    assert begun.headers["set-cookie"].startswith("__Host-headwater=")
    assert "; secure" in begun.headers["set-cookie"].lower()
    # And a cookie without that name, which a neighbour could plant, is not looked at there.
    planted = {"host": "risk.example", "cookie": "headwater=" + begun.headers["set-cookie"][17:60]}
    problem(await anybody.get(ME, headers=planted), 401, "unauthenticated")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        PROOF | {"origin": "https://evil.example"},
        PROOF | {"origin": "null"},
        PROOF | {"origin": "http://127.0.0.1:8001"},
        PROOF | {"sec-fetch-site": "cross-site"},
        PROOF | {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
async def test_a_page_of_another_origin_changes_nothing(
    anybody: httpx.AsyncClient, ledger: Ledger, headers: dict[str, str]
) -> None:
    await person(ledger, "sue", "supervisor")
    cookie = cookie_of(await signed_in(anybody, "sue"))

    problem(await anybody.post(RUNS, headers=cookie | headers), 403, "forbidden")

    own = PROOF | {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    assert (await anybody.post(RUNS, headers=cookie | own)).status_code == 202
    assert (await anybody.post(RUNS, headers=cookie | PROOF)).status_code == 202


async def test_a_page_of_another_origin_signs_nobody_in(anybody: httpx.AsyncClient, ledger: Ledger) -> None:
    await person(ledger, "ann", "auditor")

    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        problem(await signed_in(anybody, "ann", **{**headers}), 403, "forbidden")


async def test_a_wrong_name_and_a_wrong_password_are_told_alike_and_recorded_without_what_was_typed(
    anybody: httpx.AsyncClient, ledger: Ledger
) -> None:
    ann = await person(ledger, "ann", "auditor")

    wrong = problem(await signed_in(anybody, "ann", "hunter2 hunter2"), 401, "unauthenticated")
    unknown = problem(await signed_in(anybody, "hunter2 hunter2", PASSWORD), 401, "unauthenticated")

    assert wrong["detail"] == unknown["detail"]
    assert await actions(ledger) == [
        ("session.refused", "anonymous", ann),
        ("session.refused", "anonymous", "unknown"),
    ]
    async with ledger.read() as connection:
        assert "hunter2" not in str(await list_events(connection))


async def test_attempts_at_a_name_are_limited_and_others_are_not(anybody: httpx.AsyncClient, ledger: Ledger) -> None:
    for name in ("ann", "bob"):
        await person(ledger, name, "auditor")

    outcomes = await asyncio.gather(*(signed_in(anybody, "ann", f"guess {n}") for n in range(PAIR.most + 4)))

    assert sorted(o.status_code for o in outcomes) == [401] * PAIR.most + [429] * 4
    refused = await signed_in(anybody, "ANN")  # the right password, too late
    problem(refused, 429, "too-many-requests")
    assert 0 < int(refused.headers["retry-after"]) <= PAIR.window_s
    assert (await signed_in(anybody, "bob")).status_code == 201
    assert len(await actions(ledger)) == PAIR.most + 1


@pytest.mark.parametrize("spelt", ["ann ", " Ann", "\uff41\uff4e\uff4e", "ann\u3000"])
async def test_attempts_are_counted_by_whose_name_it_is_however_it_is_spelt(
    anybody: httpx.AsyncClient, ledger: Ledger, spelt: str
) -> None:
    # A guesser who adds a blank to the name means the same person.
    await person(ledger, "ann", "investigator")
    for _ in range(PAIR.most):
        await signed_in(anybody, "ann", "not the password")

    refused = await signed_in(anybody, spelt)

    problem(refused, 429, "too-many-requests")


async def test_signing_out_ends_the_session_and_takes_the_cookie_away(
    anybody: httpx.AsyncClient, ledger: Ledger
) -> None:
    ann = await person(ledger, "ann", "auditor")
    cookie = cookie_of(await signed_in(anybody, "ann"))

    ended = await anybody.delete(CURRENT, headers=cookie | PROOF)

    assert ended.status_code == 204
    assert "max-age=0" in ended.headers["set-cookie"].lower()
    problem(await anybody.get(ME, headers=cookie), 401, "unauthenticated")
    assert (await actions(ledger))[-1] == ("session.ended", ann, ann)


async def test_signing_in_gives_a_new_token_and_ends_the_one_before(
    anybody: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "CACHE_S", 0.0)
    await person(ledger, "ann", "auditor")
    planted = HOST | {"cookie": "headwater=" + "A" * 43}

    first = cookie_of(await signed_in(anybody, "ann", cookie=planted["cookie"]))
    second = cookie_of(await signed_in(anybody, "ann", cookie=first["cookie"]))

    assert len({planted["cookie"], first["cookie"], second["cookie"]}) == 3
    problem(await anybody.get(ME, headers=planted), 401, "unauthenticated")
    problem(await anybody.get(ME, headers=first), 401, "unauthenticated")
    assert (await anybody.get(ME, headers=second)).status_code == 200


async def test_a_first_password_opens_nothing_but_its_replacement(
    anybody: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "CACHE_S", 0.0)
    await person(ledger, "ann", "auditor", must_change=True)
    begun = await signed_in(anybody, "ann")
    cookie, elsewhere = cookie_of(begun), cookie_of(await signed_in(anybody, "ann"))

    assert begun.json()["must_change_password"] is True
    assert (await anybody.get(ME, headers=cookie)).status_code == 200
    problem(await anybody.get("/api/v1/audit", headers=cookie), 403, "password-to-change")
    body = {"current": PASSWORD, "new": NEW}
    assert (await anybody.put(OWN, json=body, headers=cookie | PROOF)).status_code == 204

    assert (await anybody.get("/api/v1/audit", headers=cookie)).status_code == 200
    problem(await anybody.get(ME, headers=elsewhere), 401, "unauthenticated")
    problem(await signed_in(anybody, "ann"), 401, "unauthenticated")
    assert (await signed_in(anybody, "ann", NEW)).json()["must_change_password"] is False


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("not the one", NEW, "current"),
        (PASSWORD, "short", "new"),
        (PASSWORD, "x" * 201, "new"),
        (PASSWORD, "my name is ANN, hello", "new"),
        (PASSWORD, "aaaaaaaaaaaaaaaa", "new"),
        (PASSWORD, PASSWORD, "new"),
    ],
)
async def test_an_unfit_password_is_not_taken(
    anybody: httpx.AsyncClient, ledger: Ledger, current: str, new: str, field: str
) -> None:
    await person(ledger, "ann", "auditor")
    cookie = cookie_of(await signed_in(anybody, "ann"))

    body = problem(
        await anybody.put(OWN, json={"current": current, "new": new}, headers=cookie | PROOF), 422, "invalid-input"
    )

    assert fields(body) == [field]
    assert new not in str(body) or new == "short"


async def test_a_key_has_no_password_and_no_session(client: httpx.AsyncClient) -> None:
    body = {"current": PASSWORD, "new": NEW}
    problem(await client.put(OWN, json=body), 403, "forbidden")
    assert (await client.get(ME)).json()["kind"] == "key"
    assert (await client.delete(CURRENT)).status_code == 204
    assert (await client.get(ME)).status_code == 200


async def test_a_header_wins_over_a_cookie(anybody: httpx.AsyncClient, ledger: Ledger) -> None:
    await person(ledger, "ann", "auditor")
    cookie = cookie_of(await signed_in(anybody, "ann"))

    for header in ({"authorization": "Bearer hw_wrong"}, {"authorization": "Bearer"}, {"x-api-key": "hw_wrong"}):
        problem(await anybody.get(ME, headers=cookie | header), 401, "unauthenticated")


async def test_a_password_reset_meanwhile_is_not_replaced_by_who_knew_the_one_before(
    services: Services, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Somebody has found out a password and is replacing it just as an admin resets it to keep them out.
    ann = await person(ledger, "ann", "admin")
    async with ledger.read() as connection:
        user = await get_user(connection, ann)
    with closing(Passwords()) as passwords:
        hashed = passwords.hash

        async def slowly(new: str) -> str:
            monkeypatch.setattr(passwords, "hash", hashed)
            await reset_password(services, passwords, ann, actor="admin")
            return await hashed(new)

        monkeypatch.setattr(passwords, "hash", slowly)
        with pytest.raises(InvalidInput) as refused:
            await change_password(services, passwords, user, current=PASSWORD, new=NEW, token="")

        assert [error.field for error in refused.value.errors] == ["current"]
        async with ledger.read() as connection:
            secret = await find_secret(connection, name="ann")
        assert secret is not None and secret.user.must_change
        assert not await passwords.matches(secret.password, NEW)
