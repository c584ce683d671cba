"""People who sign in, for tests: made with a password that needs no change, and a browser that has signed in."""

from __future__ import annotations

from contextlib import closing

import httpx

from graph.model import Role
from ledger.ids import new_id
from ledger.passwords import Passwords
from ledger.session import Ledger
from ledger.users import create_user, set_password

HOST = {"host": "127.0.0.1:8000"}
PROOF = {"x-headwater-request": "1"}
PASSWORD = "a heron by the weir"


async def person(ledger: Ledger, name: str, role: Role, *, must_change: bool = False) -> str:
    """Make a person whose password is PASSWORD; return their id."""
    user = new_id("usr")
    with closing(Passwords()) as passwords:
        kept = await passwords.hash(PASSWORD)
    async with ledger.transaction() as connection:
        await create_user(connection, user, name=name, role=role, password=kept, created_by="test")
        if not must_change:
            await set_password(connection, user, kept, must_change=False)
    return user


async def signed_in(client: httpx.AsyncClient, name: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    """Sign in on loopback; the client's jar does not take part, so that each test says which cookie it sends."""
    response = await client.post("/api/v1/sessions", json={"name": name, "password": password}, headers=HOST | headers)
    client.cookies.clear()
    return response


def cookie_of(response: httpx.Response) -> dict[str, str]:
    """The headers of a browser on this machine that has the cookie of an answer."""
    assert response.status_code == 201, response.text
    return HOST | {"cookie": response.headers["set-cookie"].partition(";")[0]}
