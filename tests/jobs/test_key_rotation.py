"""A new key takes over in one step that a crash cannot tear, and who trusts the old one can follow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobs.checkpoint_keys import key_file, next_key
from jobs.checkpointing import make_checkpoint
from jobs.rotating_keys import replace_lost_key, rotate_key
from jobs.services import Services
from jobs.trusted_checkpoints import Kept
from jobs.verifying_log import LogReport, verify_log
from ledger.audit import list_events
from ledger.checkpoints import latest_checkpoint
from ledger.errors import NotAsSigned
from ledger.key_rotations import list_keys
from ledger.signed_notes import write_note
from ledger.signing import KeyUnusable, PublicKey, SigningKey, new_key, write_key
from tests.jobs.signing import as_owner_behind_guards, key_of, public_of, sign, signing_services, sink
from tests.servers import Servers


@pytest.fixture
async def services(servers: Servers, ledger: object, tmp_path: Path) -> AsyncIterator[Services]:
    async with signing_services(servers, tmp_path) as opened:
        yield opened


async def held_against(services: Services, key: PublicKey, *notes: str) -> LogReport:
    async with services.ledger.read() as connection:
        return await verify_log(connection, [Kept("kept", note) for note in notes], [key])


def latest(services: Services) -> str:
    note = sink(services).latest()
    assert note
    return note


async def test_who_trusts_the_first_key_follows_to_the_third(services: Services) -> None:
    await sign(services, more=3)
    first, note = public_of(services), latest(services)
    for actor in ("ann", "bob"):
        await rotate_key(services, actor=actor)
        await sign(services, more=3)

    report = await held_against(services, first, note, latest(services))
    assert (report.findings, report.covered) == ([], 11)
    assert public_of(services).raw != first.raw


async def test_who_trusts_the_new_key_only_is_not_alarmed_by_older_checkpoints(services: Services) -> None:
    await sign(services, more=3)
    old = latest(services)
    await rotate_key(services, actor="ann")
    await sign(services, more=3)

    report = await held_against(services, public_of(services), latest(services))
    assert (report.findings, report.covered) == ([], 7)
    [finding] = (await held_against(services, public_of(services), old)).findings
    assert "signed by none of the keys given" in finding


async def test_a_rotation_is_an_event_with_both_keys_and_the_old_ones_word(services: Services) -> None:
    await sign(services, more=1)
    old = public_of(services)
    rotation = await rotate_key(services, actor="ann")

    async with services.ledger.read() as connection:
        [event] = await list_events(connection, action="checkpoint.key_rotated")
        keys = await list_keys(connection)
    assert (event.seq, event.actor, event.body["note"]) == (rotation.seq, "ann", rotation.note)
    assert [event.body["old"], event.body["new"]] == [key.verifier for key in keys]
    assert keys[0].verifier == old.verifier(rotation.origin) and keys[1].vouched_by == rotation.note
    assert [(key.since, key.until) for key in keys] == [(0, 2), (2, None)]
    assert [path.read_text() for path in sink(services).folder.glob("rotations/*")] in ([], [rotation.note])


async def test_the_sink_holds_rotations_for_who_keeps_nothing_but_its_files(
    services: Services, servers: Servers
) -> None:
    await sign(services, more=3)
    first = public_of(services)
    rotation = await rotate_key(services, actor="ann")
    await sign(services, more=3)
    note = latest(services)
    as_owner_behind_guards(servers, "DELETE FROM audit_events WHERE seq >= 4")

    [kept] = [path.read_text() for path in sink(services).folder.glob("rotations/*")]
    assert kept == rotation.note
    assert (await held_against(services, first, note)).bad is None
    assert (await held_against(services, first, note, kept)).bad == (4, 7)


async def test_a_crash_before_the_event_uses_the_key_made_already(services: Services) -> None:
    await sign(services, more=1)
    waiting = next_key(key_file(services.settings)).public

    assert (await rotate_key(services, actor="ann")).new.raw == waiting.raw == public_of(services).raw


async def test_a_crash_after_the_event_is_made_good_by_the_next_checkpoint(services: Services) -> None:
    await sign(services, more=1)
    before = key_of(services)
    rotation = await rotate_key(services, actor="ann")
    put_back(services, before)

    await sign(services, more=1)
    assert public_of(services).raw == rotation.new.raw
    async with services.ledger.read() as connection:
        row = await latest_checkpoint(connection)
    assert row and row.key == rotation.new.verifier(rotation.origin)


async def test_a_crash_after_the_event_is_finished_not_repeated_by_rotating_again(services: Services) -> None:
    await sign(services, more=1)
    before = key_of(services)
    rotation = await rotate_key(services, actor="ann")
    put_back(services, before)

    assert await rotate_key(services, actor="ann") == rotation


def put_back(services: Services, before: SigningKey) -> None:
    """The files as a crash between the event and the last step leaves them."""
    path = key_file(services.settings)
    path.rename(path.with_name(path.name + ".next"))
    write_key(before, path)


async def test_a_replaced_key_signs_no_more(services: Services) -> None:
    await sign(services, more=1)
    before = key_of(services)
    await rotate_key(services, actor="ann")
    path = key_file(services.settings)
    path.unlink()
    write_key(before, path)

    with pytest.raises(KeyUnusable, match="replaced by another one"):
        await make_checkpoint(services)


async def test_what_a_replaced_key_signs_later_is_not_trusted(services: Services) -> None:
    await sign(services, more=1)
    stolen = key_of(services)
    await rotate_key(services, actor="ann")
    made = await sign(services, more=1)

    report = await held_against(services, stolen.public, write_note(made.text(), made.origin, stolen))
    assert any("replaced at event 2" in finding for finding in report.findings)


async def test_a_key_that_was_swapped_without_rotation_is_refused(services: Services) -> None:
    await sign(services, more=1)
    path = key_file(services.settings)
    path.unlink()
    write_key(new_key(), path)

    for work in (make_checkpoint(services), rotate_key(services, actor="ann")):
        with pytest.raises(NotAsSigned, match="signed by none of our keys"):
            await work


async def test_a_lost_key_is_replaced_by_one_that_nobody_vouches_for(services: Services) -> None:
    await sign(services, more=3)
    old, note = public_of(services), latest(services)
    with pytest.raises(KeyUnusable, match="not lost"):
        await replace_lost_key(services, actor="ann")
    key_file(services.settings).unlink()
    rotation = await replace_lost_key(services, actor="ann")
    await sign(services, more=3)

    new = public_of(services)
    assert (rotation.vouched, rotation.new.raw, rotation.old.raw) == (False, new.raw, old.raw)
    forged = (await held_against(services, old, latest(services))).findings
    assert all("signed by none of the keys given" in finding for finding in forged) and forged
    async with services.ledger.read() as connection:
        report = await verify_log(connection, [Kept("old", note), Kept("new", latest(services))], [old, new])
        assert [key.vouched_by for key in await list_keys(connection)] == [None, None]
    assert (report.findings, report.covered) == ([], 7)


async def test_before_anything_is_signed_no_key_is_lost(services: Services) -> None:
    with pytest.raises(KeyUnusable, match="nothing was signed"):
        await replace_lost_key(services, actor="ann")
