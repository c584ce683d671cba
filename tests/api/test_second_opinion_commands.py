"""`headwater what-if`, `sources` and `counterfactual`: by the command line, on the real graph."""

from __future__ import annotations

import asyncio
import os

import msgspec
import neo4j
import pytest
from click.testing import CliRunner

from cli.counterfactual import counterfactual
from cli.methods import methods
from cli.sources import sources
from cli.what_if import what_if
from graph.errors import InvalidInput
from graph.session import open_graph
from graph.taxonomy import Taxonomy
from settings import load_settings
from tests.builders import label, land, pay
from tests.conftest import empty_graph
from tests.servers import Servers


@pytest.fixture
def told(servers: Servers, monkeypatch: pytest.MonkeyPatch, cypher: neo4j.Session, taxonomy: Taxonomy) -> CliRunner:
    """The commands on a graph where a thief paid w through m."""
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        monkeypatch.delenv(name)
    for name, value in servers.environ().items():
        monkeypatch.setenv(name, value)

    async def draw() -> None:
        async with open_graph(load_settings().graph) as graph:
            await label(graph, taxonomy, thief="theft")
            await land(graph, pay("thief", "m", 30), pay("m", "w", 12.5, day=1))

    empty_graph(cypher)
    asyncio.run(draw())
    return CliRunner()


def test_what_if_shows_both_and_what_is_out_of_reach(told: CliRunner) -> None:
    done = told.invoke(what_if, ["acct:w", "--is", "acct:m=exchange", "--without-flow", "acct:x>acct:y"])

    assert done.exit_code == 0, done.output
    assert "theft" in done.output
    assert "+100.00%" in done.output
    assert "acct:x>acct:y" in done.output


def test_what_if_refuses_what_is_no_supposition(told: CliRunner) -> None:
    assert "acct:m is not WALLET=CATEGORY" in told.invoke(what_if, ["acct:w", "--is", "acct:m"]).output
    unknown = told.invoke(what_if, ["acct:w", "--is", "acct:m=shop"])
    assert isinstance(unknown.exception, InvalidInput)
    nothing = told.invoke(what_if, ["acct:w"])
    assert isinstance(nothing.exception, InvalidInput)


def test_methods_are_columns(told: CliRunner) -> None:
    done = told.invoke(methods, ["acct:w"])
    answer = msgspec.json.decode(told.invoke(methods, ["acct:w", "--json"]).output)

    assert "time ordered haircut" in done.output
    assert "the same by all methods" in done.output
    assert not answer["sensitive_to_method"]


def test_sources_tell_the_score_without_each(told: CliRunner) -> None:
    done = told.invoke(sources, ["acct:w"])
    answer = msgspec.json.decode(told.invoke(sources, ["acct:w", "--json"]).output)

    assert "drawn" in done.output
    assert "0.000 (none)" in done.output
    assert answer["sources"][0]["without"]["illicit_share"] == 0


def test_a_counterfactual_is_told_in_words(told: CliRunner) -> None:
    done = told.invoke(counterfactual, ["acct:w", "--removing", "flows"])
    under = told.invoke(counterfactual, ["acct:thief"])
    answer = msgspec.json.decode(told.invoke(counterfactual, ["acct:w", "--json"]).output)

    assert "without\n  acct:m > acct:w\nno smaller set will do" in done.output
    assert "already" in under.output
    assert len(answer["attributions"]) == 1
