"""`headwater score` and `verify` refuse what would be another question than the one meant."""

from __future__ import annotations

import asyncio

import click
import httpx
import pytest
from click.testing import CliRunner

from cli.score import score
from cli.verify import verify
from tests.servers import Servers


async def test_a_replay_of_a_run_without_a_name_asks_for_no_other_run(
    client: httpx.AsyncClient, servers: Servers
) -> None:
    run = CliRunner(env=servers.environ())

    unset = await asyncio.to_thread(run.invoke, score, ["--replay", ""])

    assert unset.exit_code == 1 and "is not known" in str(unset.exception)
    assert (await client.get("/api/v1/scoring-runs")).json()["items"] == []
    assert (await asyncio.to_thread(run.invoke, score, [])).exit_code == 0
    assert len((await client.get("/api/v1/scoring-runs")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (verify, ["--scores", "0"]),
        (verify, ["--scores", "1000001"]),
        (verify, ["--seed", str(2**63)]),
        (score, ["--hops", "7"]),
        (score, ["--hops", "2", "--replay", "run_x"]),
    ],
)
def test_numbers_out_of_bounds_are_refused(command: click.Command, arguments: list[str]) -> None:
    refused = CliRunner().invoke(command, arguments)

    assert refused.exit_code == 2 and "Error: " in refused.output
