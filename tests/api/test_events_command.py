"""`headwater events`: each event once, in order, as it is delivered; followed until interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ledger.audit import EventDraft, append
from ledger.session import Ledger
from tests.chaos.processes import ROOT
from tests.servers import Servers


async def record(ledger: Ledger, *actions: str) -> None:
    async with ledger.transaction() as connection:
        await append(connection, *(EventDraft("test", action, "s", {"a": 1}) for action in actions))


@pytest.fixture
def command(servers: Servers) -> list[str]:
    assert servers.postgres_url
    return [sys.executable, "-m", "cli.main", "events"]


@pytest.fixture
def following(command: list[str], servers: Servers, ledger: Ledger) -> Iterator[subprocess.Popen[str]]:
    arguments = [*command, "--after", "0", "--follow"]
    with subprocess.Popen(arguments, env=servers.environ(), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


async def test_events_are_printed_from_any_place_on(command: list[str], servers: Servers, ledger: Ledger) -> None:
    await record(ledger, "case.opened", "alert.opened", *["case.edited"] * 600, "alert.changed")

    def printed(*arguments: str) -> list[dict[str, object]]:
        done = subprocess.run(
            [*command, *arguments], env=servers.environ(), cwd=ROOT, capture_output=True, text=True, check=True
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    whole = printed()
    assert [line["seq"] for line in whole] == list(range(1, 604))
    assert whole[1]["type"] == "alert.opened"
    assert [line["seq"] for line in printed("--after", "2", "--type", "alert.*")] == [603]


def test_a_type_that_can_be_none_is_refused(command: list[str], servers: Servers) -> None:
    asked = [*command, "--type", "alert"]
    done = subprocess.run(asked, check=False, env=servers.environ(), cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, "alert.*" in done.stderr) == (1, True)


async def test_events_are_followed_until_interrupted(following: subprocess.Popen[str], ledger: Ledger) -> None:
    assert following.stdout is not None
    for number in range(1, 4):
        await record(ledger, "alert.opened")
        assert json.loads(following.stdout.readline())["seq"] == number

    following.send_signal(signal.SIGINT)

    assert following.wait(20) == 0
