"""Checkpoints say what the log is, go on from what was signed last, and are never signed over another past."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobs.checkpoint_keys import NoKey, key_file, make_local_key
from jobs.checkpoint_sink import SinkDiffers, SinkTrouble
from jobs.checkpointing import make_checkpoint, sink_of
from jobs.keeping_checkpoints import CheckpointKeeper
from jobs.services import Services
from jobs.verifying_log import verify_log
from ledger.audit import list_events
from ledger.audit_tree import range_hashes
from ledger.checkpoint_state import find_state
from ledger.checkpoints import is_due, list_checkpoints, read_checkpoint
from ledger.errors import NotAsSigned
from ledger.merkle import GrowingTree
from ledger.signed_notes import write_note
from ledger.signing import KeyUnusable, new_key
from settings import load_settings
from tests.jobs.signing import (
    as_owner_behind_guards,
    fill,
    key_of,
    public_of,
    published,
    read_wallets,
    sign,
    signing_services,
    sink,
)
from tests.servers import Servers


@pytest.fixture
async def services(servers: Servers, ledger: object, tmp_path: Path) -> AsyncIterator[Services]:
    async with signing_services(servers, tmp_path) as opened:
        yield opened


async def hashes(services: Services) -> list[bytes]:
    async with services.ledger.read() as connection:
        return [bytes.fromhex(event.hash) for event in await list_events(connection, limit=10_000)]


async def sizes(services: Services) -> list[int]:
    async with services.ledger.read() as connection:
        return [row.size for row in await list_checkpoints(connection)][::-1]


async def test_a_checkpoint_says_what_anybody_can_compute_from_the_events(services: Services) -> None:
    await read_wallets(services, "eth:1", "eth:2")
    made = await sign(services, more=700)

    tree = GrowingTree()
    events = await hashes(services)
    for digest in events:
        tree.add(digest)
    assert (made.size, made.root, made.head_hash) == (700, tree.root(), events[-1].hex())
    assert (made.previous, made.reads) == (0, 2)
    assert made.origin == f"headwater/{public_of(services).raw.hex()[:16]}"


async def test_a_checkpoint_is_signed_and_written_outside_the_database(services: Services) -> None:
    made = await sign(services, more=3)
    note = sink(services).latest()

    assert note is not None
    checkpoint, signed = read_checkpoint(note)
    assert checkpoint == made == published(services)[0]
    assert signed.signed_by(public_of(services), made.origin)
    assert not signed.signed_by(new_key().public, made.origin)
    assert note.startswith(f"{made.origin}\n3\n")


async def test_the_next_checkpoint_goes_on_from_the_last(services: Services) -> None:
    first, second = await sign(services, more=300), await sign(services, more=400)

    assert (second.size, second.previous, second.origin) == (700, 300, first.origin)
    assert await sizes(services) == [one.size for one in published(services)] == [300, 700]
    async with services.ledger.read() as connection:
        assert await range_hashes(connection, [(0, 300), (0, 700)]) == [first.root, second.root]


async def test_nothing_new_is_nothing_signed(services: Services) -> None:
    assert await make_checkpoint(services) is None
    await sign(services, more=1)

    assert await make_checkpoint(services) is None
    assert await sizes(services) == [1]


async def test_workers_that_sign_at_once_make_one(services: Services) -> None:
    await fill(services, 500)
    made = await asyncio.gather(*(make_checkpoint(services) for _ in range(4)))

    assert sorted(one.size for one in made if one) == [500]
    assert await sizes(services) == [one.size for one in published(services)] == [500]


async def test_a_sink_that_is_away_holds_nothing_back_and_gets_all_later(services: Services) -> None:
    folder = sink(services).folder
    folder.write_text("no folder")
    for _ in range(2):
        await fill(services, 2)
        with pytest.raises(SinkTrouble, match="cannot be written"):
            await make_checkpoint(services)

    folder.unlink()
    await make_checkpoint(services)
    assert [one.size for one in published(services)] == await sizes(services) == [2, 4]


async def test_a_sink_that_fills_up_gets_all_later(services: Services) -> None:
    first = await sign(services, more=2)
    day = sink(services).folder / first.at[:10]
    shutil.rmtree(day)
    day.write_text("in the way, as a full disk is")
    for _ in range(2):
        await fill(services, 2)
        with pytest.raises(SinkTrouble, match="cannot be written"):
            await make_checkpoint(services)

    day.unlink()
    assert await make_checkpoint(services) is None
    assert [one.size for one in published(services)] == [4, 6]


async def test_a_sink_that_lost_everything_is_filled_from_the_ledger(services: Services) -> None:
    await sign(services, more=2)
    await sign(services, more=2)
    shutil.rmtree(sink(services).folder)
    await sign(services, more=2)

    assert [one.size for one in published(services)] == [2, 4, 6]


async def test_a_sink_without_its_pointer_is_found_by_its_files(services: Services) -> None:
    last = await sign(services, more=12)
    (sink(services).folder / "latest").unlink()

    note = sink(services).latest()
    assert note is not None and read_checkpoint(note)[0] == last


ROLLED_BACK = ("DELETE FROM audit_events WHERE seq > 8",)
EMPTY = ("DELETE FROM audit_events", "DELETE FROM outbox")
FORGET = ("DELETE FROM checkpoints", "DELETE FROM audit_tree")
MEDDLED = {
    "events gone": (*ROLLED_BACK,),
    "events gone, checkpoints too": (*ROLLED_BACK, *FORGET),
    "last event edited": ("UPDATE audit_events SET hash = repeat('0', 64) WHERE seq = 10",),
    "event edited, checkpoints forgotten": ("UPDATE audit_events SET actor = 'x' WHERE seq = 4", *FORGET),
    "checkpoint edited": ("UPDATE checkpoints SET note = replace(note, 'time 20', 'time 19')",),
    "checkpoint no note": ("UPDATE checkpoints SET note = 'x'",),
    "new event edited": ("UPDATE audit_events SET actor = 'x' WHERE seq = 11",),
}


@pytest.mark.parametrize("name", MEDDLED)
async def test_nothing_is_signed_over_a_log_that_was_meddled_with(
    services: Services, servers: Servers, name: str
) -> None:
    await sign(services, more=10)
    await fill(services, 3)
    as_owner_behind_guards(servers, *MEDDLED[name])

    with pytest.raises(NotAsSigned):
        await make_checkpoint(services)
    assert [one.size for one in published(services)] == [10]


async def test_nothing_is_signed_over_a_log_rewritten_with_hashes_that_fit(
    services: Services, servers: Servers
) -> None:
    await sign(services, more=10)
    as_owner_behind_guards(servers, *EMPTY, *FORGET)
    await fill(services, 12, actor="key:eve")

    with pytest.raises(NotAsSigned, match="was rewritten"):
        await make_checkpoint(services)
    # Negative control: where nothing was signed outside, the same log is signed.
    shutil.rmtree(sink(services).folder)
    assert (await sign(services)).size == 12


async def test_a_ledger_that_forgot_its_checkpoints_learns_them_from_the_sink(
    services: Services, servers: Servers
) -> None:
    first = await sign(services, more=300)
    await sign(services, more=20)
    as_owner_behind_guards(servers, *FORGET)
    last = await sign(services, more=5)

    assert (last.previous, last.origin) == (320, first.origin)
    assert await sizes(services) == [300, 320, 325]
    async with services.ledger.read() as connection:
        assert (await verify_log(connection, keys=[public_of(services)])).findings == []


async def test_a_forged_checkpoint_in_the_sink_is_not_believed(services: Services) -> None:
    made = await sign(services, more=2)
    (sink(services).folder / "latest").write_text(write_note(made.text(), made.origin, new_key()))
    await fill(services, 1)

    with pytest.raises(NotAsSigned, match="signed by none of our keys"):
        await make_checkpoint(services)


async def test_the_sink_of_another_log_is_refused(services: Services, servers: Servers) -> None:
    await sign(services, more=2)
    as_owner_behind_guards(servers, *EMPTY, *FORGET)
    other = sink(services).folder
    other.rename(other.with_name("kept"))
    async with signing_services(servers, other.parent, checkpoint_origin="another.example/log") as another:
        await sign(another, more=2)
    shutil.rmtree(other)
    other.with_name("kept").rename(other)
    await fill(services, 1)

    with pytest.raises(NotAsSigned, match="of another log"):
        await make_checkpoint(services)


async def test_another_checkpoint_of_the_same_size_is_never_written_over(services: Services) -> None:
    made = await sign(services, more=2)
    [path] = sink(services).folder.glob("*/*.checkpoint")
    (sink(services).folder / "latest").unlink()
    path.write_text("x")

    with pytest.raises(SinkDiffers):
        sink(services).publish(write_note(made.text(), made.origin, key_of(services)))
    assert path.read_text() == "x"


async def test_without_a_key_nothing_is_signed_and_everything_else_goes_on(services: Services) -> None:
    key_file(services.settings).unlink()
    await fill(services, 1)

    with pytest.raises(NoKey, match="keygen"):
        await make_checkpoint(services)
    assert await sizes(services) == []


async def test_a_key_that_everybody_may_read_is_refused(services: Services) -> None:
    key_file(services.settings).chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        await make_checkpoint(services)
    key_file(services.settings).chmod(0o600)
    key_file(services.settings).write_text("x")
    with pytest.raises(KeyUnusable, match="no Ed25519 private key"):
        await make_checkpoint(services)


def test_a_local_stack_makes_its_own_key_once_and_servers_elsewhere_are_told_theirs(tmp_path: Path) -> None:
    local = load_settings({"HEADWATER_DATA_DIR": str(tmp_path)})
    make_local_key(local)
    made = (tmp_path / "checkpoint.key").read_text()
    make_local_key(local)

    assert (key_file(local).read_text(), sink_of(local).folder) == (made, tmp_path / "checkpoints")
    elsewhere = load_settings({"HEADWATER_DATA_DIR": str(tmp_path / "x"), "HEADWATER_POSTGRES_URL": "postgresql://x"})
    make_local_key(elsewhere)
    assert not (tmp_path / "x").exists()
    with pytest.raises(NoKey, match="HEADWATER_CHECKPOINT_KEY is not set"):
        key_file(elsewhere)
    with pytest.raises(SinkTrouble, match="HEADWATER_CHECKPOINT_DIR is not set"):
        sink_of(elsewhere)


async def events_of(services: Services, action: str) -> list[str]:
    async with services.ledger.read() as connection:
        return [event.body["reason"] for event in await list_events(connection, action=action)]


async def state(services: Services) -> tuple[str, str] | None:
    async with services.ledger.read() as connection:
        found = await find_state(connection)
    return (found.state, found.detail) if found else None


async def test_the_keeper_signs_what_is_due_and_waits_for_the_next(servers: Servers, ledger: object, tmp_path: Path):
    async with signing_services(servers, tmp_path, checkpoint_every_s="3600") as services:
        keeper = CheckpointKeeper(services)
        await fill(services, 2)
        await keeper()
        await fill(services, 2)
        await keeper()
        assert (await sizes(services), await state(services)) == ([2], ("ok", ""))
    async with signing_services(servers, tmp_path, checkpoint_every_s="0.01") as services:
        keeper = CheckpointKeeper(services)
        await keeper()
        assert await sizes(services) == [2, 4]
        await fill(services, 1)
        await asyncio.sleep(0.02)
        await keeper()
        assert await sizes(services) == [2, 4, 5]


async def test_a_clock_that_was_put_back_delays_no_checkpoint(services: Services, servers: Servers) -> None:
    await sign(services, more=2)
    await fill(services, 1)
    async with services.ledger.read() as connection:
        assert not await is_due(connection, 60)
    as_owner_behind_guards(servers, "UPDATE checkpoints SET at = at + interval '1 hour'")
    async with services.ledger.read() as connection:
        assert await is_due(connection, 60)


async def test_a_refusal_is_told_once_and_so_is_its_end(servers: Servers, ledger: object, tmp_path: Path) -> None:
    async with signing_services(servers, tmp_path, checkpoint_every_s="0.01") as services:
        keeper = CheckpointKeeper(services)
        await fill(services, 5)
        await keeper()
        as_owner_behind_guards(servers, "UPDATE audit_events SET hash = repeat('0', 64) WHERE seq = 5")
        for _ in range(3):
            await fill(services, 1)
            await asyncio.sleep(0.02)
            await keeper()
        [reason] = await events_of(services, "checkpoint.refused")
        assert "was rewritten" in reason and await state(services) == ("refused", reason)


async def test_no_key_and_an_unusable_sink_are_told_too(services: Services) -> None:
    sink(services).folder.write_text("no folder")
    await fill(services, 1)
    await CheckpointKeeper(services)()
    told = await state(services)
    assert told and told[0] == "failing" and "cannot be" in told[1]

    key_file(services.settings).unlink()
    await CheckpointKeeper(services)()
    told = await state(services)
    assert told and told[0] == "off" and "there is no key" in told[1]
