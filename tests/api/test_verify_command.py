"""`headwater verify` and `headwater checkpoint`: what was kept is what is trusted; each trouble has its own words."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli.main import headwater
from jobs.proofs import prove_consistency, prove_event
from jobs.services import Services
from ledger.signing import new_key
from tests.conftest import empty_ledger
from tests.jobs.signing import as_owner_behind_guards, fill, sign, signing_services
from tests.servers import Servers

T = TypeVar("T")


class Site:
    """A ledger with nothing but events, its key and its sink, and the command run upon it."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers, self.folder, self.sink = servers, folder, folder / "sink"

    def do(self, work: Callable[[Services], Awaitable[T]]) -> T:
        async def run() -> T:
            async with signing_services(self.servers, self.folder) as services:
                return await work(services)

        return asyncio.run(run())

    def run(self, *arguments: object) -> Result:
        return CliRunner().invoke(headwater, [str(argument) for argument in arguments])


@pytest.fixture
def site(servers: Servers, graph: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    own = {"checkpoint_key": str(tmp_path / "keys" / "key.pem"), "checkpoint_dir": str(tmp_path / "sink")}
    for name, value in servers.environ(**own).items():
        monkeypatch.setenv(name, value)
    empty_ledger(servers.postgres_admin_url)
    site = Site(servers, tmp_path)
    site.do(two_checkpoints)
    return site


async def two_checkpoints(services: Services) -> None:
    """300 events signed, 50 more signed, and two that are not."""
    await sign(services, more=300)
    await sign(services, more=50)
    await fill(services, 2)


def holds(result: Result) -> str:
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.output


def fails(result: Result, words: str, code: int = 1) -> None:
    said = result.output + str(result.exception or "")
    assert result.exit_code == code and words in said, said


def pub(site: Site) -> str:
    return holds(site.run("checkpoint", "key")).strip()


def kept(site: Site) -> Path:
    """A copy of the sink, as an auditor has it."""
    return Path(shutil.copytree(site.sink, site.folder / "kept"))


def test_a_log_is_held_against_what_was_kept(site: Site) -> None:
    said = holds(site.run("verify", "--checkpoint", kept(site), "--key", pub(site)))

    assert "events 1 to 350 are proven by signatures that you trust, the 2 after are not" in said
    assert "everything holds" in said
    assert "which prove nothing by themselves" in holds(site.run("verify"))


def test_the_log_alone_needs_postgres_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key, copy = pub(site), kept(site)
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEADWATER_POSTGRES_URL", site.servers.postgres_url)

    said = holds(site.run("verify", "--log-only", "--checkpoint", copy, "--key", key))
    assert "events 1 to 350 are proven" in said and "compared with the graph" not in said
    as_owner_behind_guards(site.servers, "UPDATE audit_events SET actor = 'x' WHERE seq = 7")
    fails(site.run("verify", "--log-only"), "BAD audit event 7")
    fails(site.run("verify", "--log-only", "--scores", 5), "leaves out", code=2)


def test_a_log_without_checkpoints_says_so(site: Site) -> None:
    as_owner_behind_guards(site.servers, "DELETE FROM checkpoints", "DELETE FROM audit_tree")

    assert "no checkpoint: nothing outside the database stands behind this log" in holds(site.run("verify"))


def test_a_key_is_given_as_text_or_as_a_file_in_either_form(site: Site) -> None:
    files = {"line": pub(site), "pem": holds(site.run("checkpoint", "key", "--pem"))}
    for name, text in files.items():
        (site.folder / name).write_text(text)
        holds(site.run("verify", "--checkpoint", site.sink / "latest", "--key", site.folder / name))


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["UPDATE audit_events SET actor = 'x' WHERE seq = 7"], "BAD audit event 7: row 7 was changed"),
        (["DELETE FROM audit_events WHERE seq > 320"], "BAD audit events 321 to 350: gone from the end of the log"),
        (["DELETE FROM checkpoints WHERE size = 350"], "the ledger has no such checkpoint"),
        (["DELETE FROM audit_events", "DELETE FROM outbox"], "BAD audit events 1 to 350: gone"),
    ],
)
def test_what_was_done_to_the_log_is_named(site: Site, statements: list[str], words: str) -> None:
    copy, key = kept(site), pub(site)
    as_owner_behind_guards(site.servers, *statements)

    fails(site.run("verify", "--checkpoint", copy, "--key", key), words)


def test_a_log_rewritten_whole_is_found_by_what_was_kept_only(site: Site) -> None:
    copy, key = kept(site), pub(site)
    emptied = [f"DELETE FROM {table}" for table in ("audit_events", "outbox", "checkpoints", "audit_tree")]
    as_owner_behind_guards(site.servers, *emptied)
    site.do(lambda services: fill(services, 400, actor="key:eve"))

    fails(site.run("verify", "--checkpoint", copy, "--key", key), "BAD audit events 1 to 300: rewritten, with hashes")
    holds(site.run("verify"))


def test_each_thing_that_cannot_be_trusted_is_refused_in_its_own_words(site: Site) -> None:
    key, latest = pub(site), (site.sink / "latest").read_text()
    other = new_key().public
    bad = site.folder / "bad.checkpoint"
    cases = (
        (latest[:-20], key, "cut off"),
        (latest[:40], key, "cut off"),
        ("", key, "cut off"),
        (latest, other.verifier(key.partition("+")[0]), "signed by none of the keys given"),
        (latest, other.verifier("another.example/log"), "it is of another log"),
        (latest.replace("\n350\n", "\n351\n"), key, "signed by none of the keys given"),
    )
    for note, trusted, words in cases:
        bad.write_text(note)
        fails(site.run("verify", "--checkpoint", bad, "--key", trusted), words)
    bad.write_bytes(b"\xff\x00" * 40)
    fails(site.run("verify", "--checkpoint", bad, "--key", key), "BAD")


def test_what_is_missing_is_asked_for(site: Site) -> None:
    (site.folder / "empty").mkdir()

    fails(site.run("verify", "--checkpoint", site.sink), "need --key", code=2)
    fails(site.run("verify", "--checkpoint", site.folder / "none", "--key", pub(site)), "does not exist", code=2)
    fails(site.run("verify", "--checkpoint", site.folder / "empty", "--key", pub(site)), "holds no file", code=2)
    fails(site.run("verify", "--key", "x"), "no Ed25519 public key", code=2)


def test_a_proof_is_checked_without_any_server(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key, file = pub(site), site.folder / "proof.json"

    async def prove(services: Services) -> list[bytes]:
        async with services.ledger.read() as connection:
            return [
                msgspec.json.encode(await prove_event(connection, 17)),
                msgspec.json.encode(await prove_consistency(connection, 300, 350)),
            ]

    inclusion, consistency = site.do(prove)
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    file.write_bytes(inclusion)
    assert "event 17, decided of eth:16 by key:ann, is in the log" in holds(
        site.run("verify", "--proof", file, "--key", key)
    )
    file.write_bytes(consistency)
    assert "has all of checkpoint 300" in holds(site.run("verify", "--proof", file, "--key", key))
    file.write_bytes(inclusion.replace(b"key:ann", b"key:eve"))
    fails(site.run("verify", "--proof", file, "--key", key), "says otherwise than `canonical`")
    file.write_bytes(inclusion[:99])
    fails(site.run("verify", "--proof", file, "--key", key), "not a whole one")


def test_checkpoints_are_made_and_keys_replaced_by_command(site: Site) -> None:
    key = pub(site)
    assert "checkpoint of 352 events written to" in holds(site.run("checkpoint", "make"))
    assert "nothing new" in holds(site.run("checkpoint", "make"))

    rotated = site.run("checkpoint", "rotate")
    assert holds(rotated) and rotated.stdout.strip() == pub(site) != key
    holds(site.run("checkpoint", "make"))
    said = holds(site.run("verify", "--checkpoint", site.sink / "latest", "--key", key))
    assert "events 1 to 353 are proven" in said


def test_keygen_writes_a_private_file_once(site: Site) -> None:
    file = site.folder / "new.pem"

    holds(site.run("checkpoint", "keygen", file))
    assert file.stat().st_mode & 0o777 == 0o600
    fails(site.run("checkpoint", "keygen", file), "never written over")
