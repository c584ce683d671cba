"""Whatever somebody with every right over the database does to what was signed is found and located; nothing else is.

Each change is made by the owner with the guards off, looked for on the same connection, and rolled back. What comes
after the last checkpoint that the auditor kept, and is cut off or rewritten whole, cannot be found by anybody: that
window is not drawn from.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from psycopg.rows import dict_row

from jobs.rotating_keys import rotate_key
from jobs.services import Services
from jobs.trusted_checkpoints import Kept
from jobs.verifying_log import LogReport, verify_log
from ledger.signing import PublicKey
from tests.jobs.signing import fill, public_of, read_wallets, sign, signing_services, sink
from tests.jobs.tampering import KINDS, Expected, World, set_guards_aside
from tests.ledger.records import sqlstate_of
from tests.reliability import record
from tests.servers import Servers

DENIED = "42501"


@pytest.fixture
async def services(servers: Servers, ledger: object, tmp_path: Path) -> AsyncIterator[Services]:
    async with signing_services(servers, tmp_path) as opened:
        yield opened


async def grow(services: Services, dice: Random, most: int, key: PublicKey | None = None) -> World:
    """A log of several checkpoints, a rotation and reads in between, and events after the last checkpoint."""
    steps, reads = dice.randint(3, 6), 0
    key = key or public_of(services)
    for step in range(steps):
        await read_wallets(services, *(f"eth:{reads + n}" for n in range(1, 4)))
        reads += 3
        await sign(services, more=dice.randint(1, most))
        if step == steps // 2:
            await rotate_key(services, actor="cli")
    await fill(services, dice.randint(0, 20))
    files = sorted(sink(services).folder.glob("*/*.checkpoint"), key=lambda path: path.name)
    notes = [Kept(path.name, path.read_text()) for path in files]
    rotations = [Kept(path.name, path.read_text()) for path in sink(services).folder.glob("rotations/*.rotation")]
    # The auditor has the latest and some of the earlier ones.
    kept = [*dice.sample(notes[:-1], dice.randint(1, len(notes) - 1)), notes[-1]]
    async with services.ledger.read() as connection:
        row = await (await connection.execute("SELECT max(seq) AS events FROM audit_events")).fetchone()
    assert row
    return World(row["events"], reads, kept, rotations, key)


def located(report: LogReport, expected: Expected) -> bool:
    """Whether the report says what it must."""
    if expected.first is not None:
        return report.bad is not None and report.bad[0] == expected.first
    if expected.within is not None:
        return report.bad is not None and report.bad[0] <= expected.within <= report.bad[1]
    return any(str(expected.words) in finding for finding in report.findings)


async def tamper_at_random(servers: Servers, world: World, dice: Random, times: int) -> list[str]:
    """Tamper so often, each kind in turn; return what was not found or not located."""
    missed = []
    connect = psycopg.AsyncConnection[dict[str, Any]].connect
    async with await connect(servers.postgres_admin_url, row_factory=dict_row) as owner:  # type: ignore[arg-type]
        for number in range(times):
            name = list(KINDS)[number % len(KINDS)]
            now = replace(world, kept=list(world.kept))
            async with owner.transaction(force_rollback=True):
                await set_guards_aside(owner)
                expected = await KINDS[name](owner, now, dice)
                report = await verify_log(owner, now.notes, [now.key])
            if not located(report, expected):
                missed.append(f"{number} {name}: {expected} is not in {report.bad} {report.findings}")
    return missed


async def verified(services: Services, world: World) -> LogReport:
    async with services.ledger.read(timeout_s=60) as connection:
        return await verify_log(connection, world.notes, [world.key])


async def test_every_random_change_is_found_and_located(services: Services, servers: Servers) -> None:
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")
    dice = Random(seed)
    world = await grow(services, dice, 250)
    while world.proven < 512:
        world = await grow(services, dice, 250, world.key)

    assert await tamper_at_random(servers, world, dice, max(60, len(KINDS))) == []
    assert (await verified(services, world)).findings == []


@pytest.mark.soak
async def test_a_thousand_random_changes_are_found_and_located(services: Services, servers: Servers) -> None:
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")
    dice = Random(seed)
    world = await grow(services, dice, 500)
    while world.proven < 700:
        world = await grow(services, dice, 500, world.key)

    missed = await tamper_at_random(servers, world, dice, 1_000)
    record(f"changes of the log, of {len(KINDS)} kinds, found and located", n=1_000, failures=len(missed), seed=seed)
    assert missed == []


@pytest.mark.parametrize("most", [1, 3, 130, 300])
async def test_a_clean_log_raises_no_alarm(services: Services, most: int) -> None:
    world = await grow(services, Random(most), most)

    report = await verified(services, world)
    assert (report.findings, report.bad, report.covered) == ([], None, world.proven)
    async with services.ledger.read() as connection:
        assert (await verify_log(connection)).findings == []


@pytest.mark.soak
async def test_a_hundred_clean_logs_raise_no_alarm(services: Services) -> None:
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")
    dice, key = Random(seed), public_of(services)
    for _ in range(100):
        world = await grow(services, dice, dice.choice((1, 5, 60, 256)), key)
        assert (await verified(services, world)).findings == []
    record("false alarms of clean logs", n=100, failures=0, seed=seed)


async def test_what_nobody_signed_can_be_rewritten_unnoticed(services: Services, servers: Servers) -> None:
    """The window that the README tells of, and the negative control of everything above: it is the checkpoint."""
    world = await grow(services, Random(1), 50)
    connect = psycopg.AsyncConnection[dict[str, Any]].connect
    async with await connect(servers.postgres_admin_url, row_factory=dict_row) as owner:  # type: ignore[arg-type]
        for name in ("truncate", "rewrite tail"):
            async with owner.transaction(force_rollback=True):
                await set_guards_aside(owner)
                await owner.execute("DELETE FROM checkpoints")
                await owner.execute("DELETE FROM audit_tree")
                await KINDS[name](owner, world, Random(1))
                with_checkpoint = await verify_log(owner, world.notes, [world.key])
                without = await verify_log(owner)
            assert with_checkpoint.bad and not without.findings


async def test_a_log_that_grows_and_changes_keys_meanwhile_raises_no_alarm(services: Services) -> None:
    """As on a busy system: who signs, who replaces keys and who verifies, side by side."""
    key = public_of(services)
    await sign(services, more=1)
    growing = asyncio.create_task(grow_for_long(services))
    seen = set()
    while not growing.done():
        async with services.ledger.read() as connection:
            report = await verify_log(connection, [], [key])
        assert report.findings == []
        seen.add(report.checkpoints)
    await growing
    assert len(seen) > 3


async def grow_for_long(services: Services) -> None:
    for number in range(25):
        await sign(services, more=60)
        if number % 3 == 0:
            await rotate_key(services, actor="cli")
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("table", ["audit_events", "checkpoints", "audit_tree"])
async def test_the_application_cannot_change_what_was_signed(services: Services, servers: Servers, table: str) -> None:
    await sign(services, more=300)
    statements = (
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"ALTER TABLE {table} DISABLE TRIGGER append_only",
        f"DROP TRIGGER append_only ON {table}",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey",
    )
    column = {"audit_events": "actor", "checkpoints": "note", "audit_tree": "hash"}[table]
    for statement in (f"UPDATE {table} SET {column} = {column}", *statements):
        assert sqlstate_of(servers.postgres_url, statement) == DENIED


async def test_no_two_events_can_have_one_number(services: Services, servers: Servers) -> None:
    await fill(services, 2)
    again = "INSERT INTO audit_events SELECT * FROM audit_events WHERE seq = 2"

    assert sqlstate_of(servers.postgres_url, again) == "23505"
