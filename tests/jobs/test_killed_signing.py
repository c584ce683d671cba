"""kill -9 while the log is signed, or a key replaced, tears nothing: the next one goes on, and everything holds."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from jobs.services import Services
from jobs.trusted_checkpoints import Kept
from jobs.verifying_log import verify_log
from ledger.checkpoints import checkpoints_after
from tests.jobs.signing import fill, public_of, published, sign, signing_services, sink
from tests.reliability import record
from tests.servers import Servers

ROOT = Path(__file__).parents[2]
# Signs and rotates in turn, as fast as it goes, until it is killed.
PROGRAM = """
import asyncio
from jobs.checkpointing import make_checkpoint
from jobs.rotating_keys import rotate_key
from jobs.services import open_services
from ledger import audit
from settings import load_settings

async def run():
    async with open_services(load_settings()) as services:
        while True:
            async with services.ledger.transaction() as connection:
                await audit.append(connection, *[audit.EventDraft("a", "b", "c", {})] * 40)
            await make_checkpoint(services)
            await rotate_key(services, actor="killed")
            print("round", flush=True)

asyncio.run(run())
"""


def kill_while_signing(services: Services, servers: Servers, dice: Random, kills: int) -> None:
    """Start and kill a process that signs, so often, at moments drawn."""
    own = services.settings.checkpoints
    environ = servers.environ(checkpoint_key=own.checkpoint_key, checkpoint_dir=own.checkpoint_dir)
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
        ) as process:
            for _ in range(dice.randint(1, 4)):
                assert process.stdout and process.stdout.readline() == "round\n"
            time.sleep(dice.uniform(0, 0.05))
            assert process.poll() is None
            process.kill()


async def signed_through_kills(servers: Servers, folder: Path, kills: int) -> None:
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")
    async with signing_services(servers, folder) as services:
        key = public_of(services)
        await sign(services, more=1)
        await asyncio.to_thread(kill_while_signing, services, servers, Random(seed), kills)
        await fill(services, 1)
        last = await sign(services)
        async with services.ledger.read() as connection:
            notes = sorted(path for path in sink(services).folder.glob("*/*") if not path.name.startswith("."))
            report = await verify_log(connection, [Kept(path.name, path.read_text()) for path in notes], [key])
            rows = [row.size for row in await checkpoints_after(connection, 0)]
        assert (report.findings, report.covered) == ([], last.size)
        assert [one.size for one in published(services)] == rows
        assert public_of(services).raw != key.raw


async def test_three_kills_while_signing_tear_nothing(servers: Servers, ledger: object, tmp_path: Path) -> None:
    await signed_through_kills(servers, tmp_path, 3)


@pytest.mark.soak
async def test_forty_kills_while_signing_tear_nothing(servers: Servers, ledger: object, tmp_path: Path) -> None:
    await signed_through_kills(servers, tmp_path, 40)
    record("kills while checkpoints are signed", n=40, failures=0)
