"""An API key is shown once; what is kept cannot be used as one."""

from __future__ import annotations

import re

import psycopg
import pytest

from ledger.ids import new_id
from ledger.keys import create_key, find_key, list_keys, revoke_key


async def test_a_key_is_found_by_its_text_until_it_is_revoked(ledger):
    async with ledger.transaction() as connection:
        key, plaintext = await create_key(connection, "bank", "integrator")
        assert re.fullmatch(r"hw_[A-Za-z0-9_-]{43}", plaintext)
        found = await find_key(connection, plaintext)
        assert found and (found.id, found.name, found.role) == (key, "bank", "integrator")
        assert found.last4 == plaintext[-4:]
        assert await find_key(connection, plaintext[:-1]) is None
        assert await find_key(connection, "") is None
        assert await revoke_key(connection, key)
        assert not await revoke_key(connection, key)
        assert await find_key(connection, plaintext) is None
        assert [(k.id, k.revoked_at is not None) for k in await list_keys(connection)] == [(key, True)]


async def test_the_key_itself_is_kept_nowhere(ledger, postgres):
    async with ledger.transaction() as connection:
        _, plaintext = await create_key(connection, "bank", "admin")
    with psycopg.connect(postgres.postgres_admin_url) as connection:
        kept = str(connection.execute("SELECT * FROM api_keys").fetchall())
    assert plaintext[3:] not in kept
    assert plaintext[3:20] not in kept


async def test_an_unknown_role_is_refused(ledger):
    with pytest.raises(psycopg.errors.CheckViolation):
        async with ledger.transaction() as connection:
            await create_key(connection, "bank", "root")


def test_ids_sort_by_time_and_do_not_repeat(monkeypatch):
    ids = []
    for now in (1, 10**6, 10**15, 1_764_000_000 * 10**9):
        monkeypatch.setattr("time.time_ns", lambda now=now: now)
        ids += [new_id("alr") for _ in range(3)]
    assert [i[:14] for i in ids] == sorted(i[:14] for i in ids)
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"alr_[0-9a-hjkmnp-tv-z]{26}", i) for i in ids)
