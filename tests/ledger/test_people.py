"""Sessions end when they should, passwords are kept as hashes, and whoever is not known costs as much to refuse."""

from __future__ import annotations

import time
from contextlib import closing

import psycopg
import pytest

from ledger.errors import Busy, NameTaken
from ledger.passwords import AT_ONCE, WAITING, Passwords, new_password
from ledger.sessions import end_session, end_sessions, find_session, start_session
from ledger.users import Secret, create_user, disable_user, find_secret, list_users, set_password
from tests.ledger.records import as_owner

IDLE_S, LASTS_S = 600.0, 3600.0


async def ann(connection, name: str = "ann", user: str = "usr_1") -> Secret:
    await create_user(connection, user, name=name, role="auditor", password="kept", created_by="cli")
    secret = await find_secret(connection, name=name)
    assert secret
    return secret


async def begun(ledger, secret: Secret | None = None) -> str:
    async with ledger.transaction() as connection:
        session = await start_session(connection, secret or await ann(connection), lasts_s=LASTS_S)
    assert session
    return session[0]


async def found(ledger, token: str) -> bool:
    async with ledger.transaction() as connection:
        return await find_session(connection, token, idle_s=IDLE_S) is not None


async def test_a_session_is_of_its_person_until_it_is_ended(ledger):
    token = await begun(ledger)
    async with ledger.transaction() as connection:
        session = await find_session(connection, token, idle_s=IDLE_S)
        assert session and (session.person, session.role, session.must_change) == ("usr_1", "auditor", True)
        assert await end_session(connection, token) == "usr_1"
        assert await end_session(connection, token) is None
    assert not await found(ledger, token)


@pytest.mark.parametrize(
    ("moved", "in_force"),
    [
        ("seen_at = clock_timestamp() - interval '599 seconds'", True),
        ("seen_at = clock_timestamp() - interval '601 seconds'", False),
        ("ends_at = clock_timestamp() + interval '10 seconds'", True),
        ("ends_at = clock_timestamp() - interval '1 second'", False),
    ],
)
async def test_a_session_ends_when_idle_and_in_any_case(ledger, postgres, moved, in_force):
    token = await begun(ledger)

    as_owner(postgres.postgres_admin_url, f"UPDATE sessions SET {moved}")

    assert await found(ledger, token) is in_force


async def test_use_renews_the_idle_time(ledger, postgres):
    token = await begun(ledger)
    for _ in range(2):
        as_owner(postgres.postgres_admin_url, "UPDATE sessions SET seen_at = seen_at - interval '400 seconds'")
        assert await found(ledger, token)


async def test_disabling_ends_a_session_and_lets_none_begin(ledger):
    token = await begun(ledger)
    async with ledger.transaction() as connection:
        secret = await find_secret(connection, name="ann")
        assert secret and await disable_user(connection, "usr_1")
        assert not await disable_user(connection, "usr_1")
        assert await start_session(connection, secret, lasts_s=LASTS_S) is None
    assert not await found(ledger, token)


async def test_a_password_replaced_since_it_was_checked_lets_no_session_begin(ledger):
    async with ledger.transaction() as connection:
        secret = await ann(connection)
        assert await set_password(connection, "usr_1", "another", must_change=True)
        assert await start_session(connection, secret, lasts_s=LASTS_S) is None


async def test_all_sessions_but_one_can_be_ended(ledger):
    token = await begun(ledger)
    async with ledger.transaction() as connection:
        secret = await find_secret(connection, name="ann")
    other = await begun(ledger, secret)
    async with ledger.transaction() as connection:
        assert await end_sessions(connection, "usr_1", but=token) == 1
    assert (await found(ledger, token), await found(ledger, other)) == (True, False)


async def test_the_token_is_kept_nowhere(ledger, postgres):
    token = await begun(ledger)
    with psycopg.connect(postgres.postgres_admin_url) as connection:
        kept = str(connection.execute("SELECT * FROM sessions").fetchall())
    assert token not in kept and token[:20] not in kept


async def test_a_name_is_given_once_and_an_id_is_taken_up_again(ledger):
    async with ledger.transaction() as connection:
        await ann(connection)
        again = await create_user(connection, "usr_1", name="ann", role="admin", password="x", created_by="cli")
        assert (again[0].role, again[1]) == ("auditor", False)
        assert [user.id for user in await list_users(connection)] == ["usr_1"]
    with pytest.raises(NameTaken):
        async with ledger.transaction() as connection:
            await create_user(connection, "usr_2", name="ann", role="admin", password="x", created_by="cli")


async def test_a_password_is_kept_as_argon2id_and_checked_in_one_spelling():
    with closing(Passwords()) as passwords:
        kept = await passwords.hash("caf\u00e9 au lait, deux")

        assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$") and "lait" not in kept
        assert await passwords.matches(kept, "cafe\u0301 au lait, deux")
        assert not await passwords.matches(kept, "cafe au lait, deux")
        assert not await passwords.matches("no hash at all", "cafe au lait, deux")
    assert len({new_password() for _ in range(100)}) == 100


async def test_whoever_is_not_known_takes_as_long_to_refuse():
    with closing(Passwords()) as passwords:
        kept = await passwords.hash(new_password())
        assert not await passwords.matches(kept, "the first of all")

        async def cost(of: str | None) -> float:
            started = time.perf_counter()
            assert not await passwords.matches(of, "some guess")
            return time.perf_counter() - started

        # By turns, so that whatever else the machine does takes its time from both.
        pairs = [(await cost(kept), await cost(None)) for _ in range(5)]

    known, unknown = map(min, zip(*pairs, strict=True))
    assert 0.5 < unknown / known < 2


async def test_a_flood_of_sign_ins_is_refused_before_it_is_hashed():
    passwords = Passwords()
    passwords._under_way = AT_ONCE + WAITING

    with closing(passwords), pytest.raises(Busy):
        await passwords.matches(None, "some guess")
