"""The one door to Neo4j: what goes wrong outside comes back as a fact, in time, and nothing is done twice."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import neo4j
import pytest
from msgspec.structs import replace

from graph.errors import Outdated, QueryCut, Unavailable
from graph.ingest import land_transactions
from graph.session import TRIES, Graph, Unit, open_graph, undisturbed
from settings import GraphSettings, Settings
from tests.builders import key, land, pay

COMMIT = b"\x00\x02\xb0\x12\x00\x00"  # Bolt: one chunk of two bytes, a structure without fields, signature COMMIT


async def ask_somewhere_else(settings: Settings, port: int) -> float:
    """Seconds until a server that is not there is said to be unavailable."""
    elsewhere = replace(settings.graph, neo4j_uri=f"bolt://127.0.0.1:{port}")
    started = time.monotonic()
    async with open_graph(elsewhere) as graph:
        with pytest.raises(Unavailable, match="neo4j is not available"):
            await graph.read("ping")
    return time.monotonic() - started


async def test_nobody_listening_is_unavailable_within_six_seconds(settings: Settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))

        assert await ask_somewhere_else(settings, unused.getsockname()[1]) < 6


async def test_a_server_that_never_answers_is_unavailable_after_two_tries(settings: Settings) -> None:
    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(20)
        finally:
            writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as silent:
        assert await ask_somewhere_else(settings, silent.sockets[0].getsockname()[1]) < 12


async def test_opening_asks_nothing_of_the_server() -> None:
    async with open_graph(GraphSettings(neo4j_uri="bolt://127.0.0.1:1")) as graph:
        assert isinstance(graph, Graph)


async def test_a_wrong_password_is_a_fact_too(settings: Settings, cypher: neo4j.Session) -> None:
    checked = cypher.run("SHOW SETTINGS 'dbms.security.auth_enabled' YIELD value").single(strict=True)["value"]
    async with open_graph(replace(settings.graph, neo4j_password="not-this-one")) as graph:
        if checked == "true":
            with pytest.raises(Unavailable):
                await graph.read("ping")
        else:
            assert await graph.read("ping") == [{"one": 1}]


async def test_a_question_that_a_write_came_between_is_asked_again() -> None:
    asked: list[int] = []

    async def ask() -> int:
        asked.append(len(asked))
        if len(asked) < TRIES:
            raise Outdated("neo4j", "Neo.TransientError.Transaction.Outdated")
        return len(asked)

    assert await undisturbed(ask) == TRIES


async def test_who_is_disturbed_each_time_is_told_in_the_end() -> None:
    asked: list[int] = []

    async def ask() -> None:
        asked.append(1)
        raise Outdated("neo4j", "Neo.TransientError.Transaction.Outdated")

    with pytest.raises(Outdated):
        await undisturbed(ask)
    assert len(asked) == TRIES


async def test_a_question_over_its_time_is_cut(graph: Graph) -> None:
    names = [f"n{i}" for i in range(20)]
    await land(graph, *(pay(u, v, 1) for u in names for v in names if u != v))
    # 20 million ways of six hops, none of which ends anywhere
    endless = {"key": key("n0"), "to": None, "ends": ["scam"], "hops": 6, "least": 1, "limit": 1}
    started = time.monotonic()

    with pytest.raises(QueryCut):
        await graph.read("paths_destination", timeout_s=0.5, **endless)

    assert time.monotonic() - started < 20, "the server looks every two seconds which questions are over their time"


async def test_a_deadlock_is_tried_again(graph: Graph) -> None:
    wallets = {name: [{"key": key(name), "network": "acct", "address": name}] for name in "ab"}
    holding = {name: asyncio.Event() for name in "ab"}
    attempts: list[str] = []

    async def lock(first: str, second: str) -> str:
        async def work(unit: Unit) -> str:
            attempts.append(first)
            await unit.run("lock_wallets", wallets=wallets[first])
            holding[first].set()
            await asyncio.wait_for(holding[second].wait(), 30)
            await unit.run("lock_wallets", wallets=wallets[second])
            return first

        return await graph.unit(work)

    await land(graph, pay("a", "b", 1))
    assert await asyncio.gather(lock("a", "b"), lock("b", "a")) == ["a", "b"]
    assert len(attempts) > 2, "one of the two had to give way"


async def test_a_fault_in_a_query_of_ours_is_not_called_an_outage(graph: Graph) -> None:
    with pytest.raises(neo4j.exceptions.ClientError, match="ParameterMissing"):
        await graph.read("find_wallet")


async def test_a_write_is_refused_where_only_reading_is_meant(graph: Graph) -> None:
    with pytest.raises(neo4j.exceptions.ClientError, match="AccessMode"):
        await graph.read("lock_wallets", wallets=[{"key": key("a"), "network": "acct", "address": "a"}])


class Wire:
    """A line to Neo4j that is cut once, when the first COMMIT has gone to the server and before it answers."""

    def __init__(self, uri: str) -> None:
        self._target = urlsplit(uri)
        self.cuts = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        async with await asyncio.start_server(self._relay, "127.0.0.1", 0) as server:
            yield f"bolt://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        answers = asyncio.create_task(self._copy(there, writer))
        try:
            while data := await reader.read(65536):
                cut = COMMIT in data and not self.cuts
                if cut:
                    self.cuts += 1
                    answers.cancel()
                    await asyncio.wait([answers])  # one reader at a time
                back.write(data)
                await back.drain()
                if cut:
                    await there.read(65536)  # the server has committed; nobody hears of it
                    break
        except ConnectionError:
            pass
        finally:
            answers.cancel()
            for end in (writer, back):
                end.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


async def test_a_commit_whose_answer_is_lost_lands_once(
    graph: Graph, settings: Settings, cypher: neo4j.Session
) -> None:
    wire = Wire(settings.graph.neo4j_uri)
    async with wire.open() as uri, open_graph(replace(settings.graph, neo4j_uri=uri)) as shaky:
        [landing] = await land_transactions(shaky, [pay("a", "b", 5)])

    assert wire.cuts == 1
    assert (landing.status, landing.seq) == ("known", 1), "the second try found what the first had landed"
    flow = cypher.run("MATCH ()-[f:FLOW]->() RETURN f.value AS value, f.count AS n").single(strict=True)
    assert (flow["value"], flow["n"], await graph.watermark()) == (5_000_000, 1, 1)
