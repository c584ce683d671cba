"""`headwater paths`: by the command line, on the real graph."""

from __future__ import annotations

import asyncio
import os

import msgspec
import neo4j
import pytest
from click.testing import CliRunner

from cli.paths import paths
from graph.errors import InvalidInput
from graph.session import open_graph
from graph.taxonomy import Taxonomy
from settings import load_settings
from tests.builders import label, land, pay
from tests.conftest import empty_graph
from tests.servers import Servers


@pytest.fixture
def run(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    for name, value in servers.environ().items():
        monkeypatch.setenv(name, value)
    return CliRunner()


@pytest.fixture
def told(run: CliRunner, cypher: neo4j.Session, taxonomy: Taxonomy) -> CliRunner:
    """The command on a graph where a thief paid w through a."""

    async def draw() -> None:
        async with open_graph(load_settings().graph) as graph:
            await label(graph, taxonomy, thief="theft")
            await land(graph, pay("thief", "a", 30), pay("a", "w", 12.5, day=1))

    empty_graph(cypher)
    asyncio.run(draw())
    return run


def test_the_command_shows_each_transaction(told: CliRunner) -> None:
    done = told.invoke(paths, ["acct:w"])

    assert done.exit_code == 0, done.output
    assert "One path from illicit wallets to acct:w" in done.output
    assert "acct:thief (actor of thief)" in done.output
    assert "100.00%" in done.output
    assert "none better" in done.output


def test_the_command_answers_as_the_api_does(told: CliRunner) -> None:
    answer = msgspec.json.decode(told.invoke(paths, ["acct:w", "--json", "-k", "1"]).output)
    early = msgspec.json.decode(told.invoke(paths, ["acct:w", "--json", "--as-of", "2020-01-01T12:00:00Z"]).output)

    assert [step["from"] for step in answer["paths"][0]["steps"]] == ["acct:thief", "acct:a"]
    assert early["paths"] == []


@pytest.mark.parametrize(
    "wrong", [["--as-of", "noon"], ["--as-of", "2020-01-01"], ["--to", "w"], ["--to", ""], ["--category", "bad"]]
)
def test_the_command_says_what_would_be_right(told: CliRunner, wrong: list[str]) -> None:
    with pytest.raises(InvalidInput):
        told.invoke(paths, ["acct:w", *wrong], catch_exceptions=False)
