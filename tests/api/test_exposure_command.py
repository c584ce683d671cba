"""`headwater exposure`: by the command line, on the real graph."""

from __future__ import annotations

import asyncio
import os

import msgspec
import neo4j
import pytest
from click.testing import CliRunner

from cli.exposure import exposure
from graph.errors import InvalidInput
from graph.session import open_graph
from graph.taxonomy import Taxonomy
from settings import load_settings
from tests.builders import label, land, pay
from tests.conftest import empty_graph
from tests.servers import Servers


@pytest.fixture
def told(servers: Servers, monkeypatch: pytest.MonkeyPatch, cypher: neo4j.Session, taxonomy: Taxonomy) -> CliRunner:
    """The command on a graph where a thief paid w through a, and later directly."""
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    for name, value in servers.environ().items():
        monkeypatch.setenv(name, value)

    async def draw() -> None:
        async with open_graph(load_settings().graph) as graph:
            await label(graph, taxonomy, thief="theft")
            await land(graph, pay("thief", "a", 30), pay("a", "w", 6), pay("thief", "w", 2, day=5))

    empty_graph(cypher)
    asyncio.run(draw())
    return CliRunner()


def test_the_command_answers_for_another_time(told: CliRunner) -> None:
    now = told.invoke(exposure, ["acct:w"])
    then = told.invoke(exposure, ["acct:w", "--as-of", "2020-01-03T00:00:00Z", "--json"])

    assert now.exit_code == then.exit_code == 0, now.output + then.output
    assert "Where 8 USD of acct:w came from, 3 hops" in now.output
    assert msgspec.json.decode(then.output)["total_value"] == "6"


def test_the_command_lists_where_tracing_stopped(told: CliRunner) -> None:
    table = told.invoke(exposure, ["acct:w", "--stops", "--limit", "1"])
    whole = told.invoke(exposure, ["acct:w", "--stops", "--json", "--pool-above", "1"])

    assert table.exit_code == whole.exit_code == 0, table.output + whole.output
    assert "acct:thief" in table.output and "1 more stops" in table.output
    body = msgspec.json.decode(whole.output)
    assert [(s["wallet"], s["reason"], s["value"]) for s in body["stops"]] == [
        ("acct:a", "pooled", "6"),
        ("acct:thief", "category", "2"),
    ]


def test_the_command_goes_as_far_as_anybody_may_unless_told(told: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_LIVE_MAX_FLOWS", "1")

    whole = told.invoke(exposure, ["acct:w"])
    cut = told.invoke(exposure, ["acct:w", "--max-flows", "2"])
    stops = told.invoke(exposure, ["acct:w", "--max-flows", "2", "--stops"])
    refused = told.invoke(exposure, ["acct:w", "--max-flows", "1000001"])

    assert "exact at #" in whole.output and "NOT exact" not in whole.output
    for answer in (cut, stops):
        assert "NOT exact: cut at 2 flows, 3 are in reach so far (--max-flows)" in answer.output
    assert isinstance(refused.exception, InvalidInput) and refused.exception.errors[0].field == "max_flows"


@pytest.mark.parametrize("given", [["--as-of", "2020-01-01T00:00:00"], ["--known-at", "then"]])
def test_a_time_without_a_zone_is_refused(told: CliRunner, given: list[str]) -> None:
    done = told.invoke(exposure, ["acct:w", *given])

    assert isinstance(done.exception, InvalidInput)
    assert done.exception.errors[0].field == given[0][2:].replace("-", "_")
