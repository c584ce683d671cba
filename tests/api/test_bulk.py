"""Many in one request: a result per line, in order, whatever is wrong with some of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from api import bulk
from api.app import create_app
from graph.model import Role
from graph.session import Graph
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import bearer, calling, fields, movement, problem

PATH = "/api/v1/transactions/bulk"


def ndjson(*rows: object) -> bytes:
    return b"\n".join(row if isinstance(row, bytes) else msgspec.json.encode(row) for row in rows)


def results(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [msgspec.json.decode(line) for line in response.content.splitlines()]


async def test_each_line_has_its_result_in_order(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/transactions", json=movement(9))
    body = ndjson(
        movement(1),
        b"{broken",
        b"",
        movement(2, amount="-1", extra=1),
        movement(9),
        movement(1),
        movement(9, amount="7"),
        movement(3),
    )
    found = results(await client.post(PATH, content=body + b"\n\n"))

    assert [(r["line"], r["status"]) for r in found] == [
        (1, 201),
        (2, 400),
        (4, 422),
        (5, 200),
        (6, 200),
        (7, 409),
        (8, 201),
    ]
    assert set(found[0]) == {"line", "status", "transaction", "seq", "decision", "problem"}
    assert [r["transaction"] for r in found if r["status"] < 422] == [
        "acct:p1",
        None,
        "acct:p9",
        "acct:p1",
        "acct:p9",
        "acct:p3",
    ]
    assert set(fields(found[2]["problem"])) >= {"extra"}
    assert found[4]["decision"]["id"] == found[0]["decision"]["id"]
    assert found[5]["problem"]["type"] == "/docs#transaction-conflict"
    assert [r["problem"] is None for r in found] == [r["decision"] is not None for r in found]


async def test_a_line_gets_the_decision_it_would_get_alone(client: httpx.AsyncClient) -> None:
    (found,) = results(await client.post(PATH, content=ndjson(movement())))
    alone = (await client.post("/api/v1/transactions", json=movement())).json()

    assert {name: found[name] for name in alone} == alone


async def test_order_holds_over_many_chunks(client: httpx.AsyncClient) -> None:
    count = 2 * bulk.CHUNK_ROWS + 7
    found = results(await client.post(PATH, content=ndjson(*(movement(n) for n in range(count)))))

    assert [r["transaction"] for r in found] == [f"acct:p{n}" for n in range(count)]
    assert [r["seq"] for r in found] == list(range(1, count + 1))
    again = results(await client.post(PATH, content=ndjson(*(movement(n) for n in range(count)))))
    assert {r["status"] for r in again} == {200}
    assert [r["decision"] for r in again] == [r["decision"] for r in found]


async def test_an_empty_body_has_no_results(client: httpx.AsyncClient) -> None:
    assert results(await client.post(PATH, content=b"\n \n")) == []


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_above_the_limit_lands_nothing(
    settings: Settings, graph: Graph, keys: dict[Role, str], chunked: bool
) -> None:
    small = replace(settings, api=replace(settings.api, max_bulk_bytes=2_000))
    body = ndjson(*(movement(n) for n in range(40)))

    async def parts() -> Any:
        yield body

    async with calling(create_app(small), **bearer(keys["integrator"])) as client:
        problem(await client.post(PATH, content=parts() if chunked else body), 413, "too-large")
        assert (await client.get("/api/v1/transactions")).json()["items"] == []


async def test_a_line_above_the_limit_of_one_body_stops_no_other(
    settings: Settings, graph: Graph, keys: dict[Role, str]
) -> None:
    small = replace(settings, api=replace(settings.api, max_body_bytes=1_000))
    async with calling(create_app(small), **bearer(keys["integrator"])) as client:
        body = ndjson(movement(1), movement(2, purpose="x" * 5_000), movement(3))
        found = results(await client.post(PATH, content=body))

    assert [(r["line"], r["status"]) for r in found] == [(1, 201), (2, 413), (3, 201)]


async def test_an_outage_before_the_answer_is_a_503_and_lands_nothing(
    settings: Settings, ledger: Ledger, keys: dict[Role, str]
) -> None:
    gone = replace(settings, graph=replace(settings.graph, neo4j_uri="bolt://127.0.0.1:1"))
    async with calling(create_app(gone), **bearer(keys["integrator"])) as client:
        response = await client.post(PATH, content=ndjson(movement(1), b"{"))

    problem(response, 503, "unavailable")
    assert response.headers["retry-after"] == "5"


class Forwarder:
    """Passes connections on to Neo4j until it is cut."""

    def __init__(self, uri: str) -> None:
        self._at = urlsplit(uri)
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        return f"bolt://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def cut(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._at.hostname, self._at.port)
        self._writers += [writer, back]
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while part := await reader.read(65_536):
                writer.write(part)
                await writer.drain()


async def landed(ledger: Ledger) -> int:
    async with ledger.read() as connection:
        row = await (await connection.execute("SELECT count(*) FROM landed")).fetchone()
    return int(row["count"]) if row else 0


async def test_an_outage_midway_leaves_each_line_its_result(
    settings: Settings, graph: Graph, ledger: Ledger, keys: dict[Role, str]
) -> None:
    count = 6 * bulk.CHUNK_ROWS
    body = ndjson(b"{", *(movement(n) for n in range(count)), b"{")
    forwarder = Forwarder(settings.graph.neo4j_uri)
    async with forwarder as uri:
        through = replace(settings, graph=replace(settings.graph, neo4j_uri=uri))
        async with calling(create_app(through), **bearer(keys["integrator"])) as client:
            client.timeout = httpx.Timeout(60)
            answer = asyncio.create_task(client.post(PATH, content=body))
            while await landed(ledger) < bulk.CHUNK_ROWS - 1:  # noqa: ASYNC110  # what is waited for happens in the database
                await asyncio.sleep(0.01)
            await forwarder.cut()
            found = results(await answer)

    assert [r["line"] for r in found] == list(range(1, count + 3))
    statuses = [r["status"] for r in found]
    assert (statuses[0], statuses[-1]) == (400, 400)
    done = statuses.count(201)
    assert 0 < done < count
    assert statuses[1:-1] == [201] * done + [503] * (count - done)
    async with calling(create_app(settings), **bearer(keys["integrator"])) as client:
        client.timeout = httpx.Timeout(60)
        again = results(await client.post(PATH, content=body))
    assert {r["status"] for r in again[1:-1]} == {200, 201}
    assert await landed(ledger) == count


async def test_two_bulk_requests_between_the_same_wallets_both_end(
    client: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each records one chunk while it lands the next, so each holds locks of both servers; half of the rows are in both.
    monkeypatch.setattr(bulk, "CHUNK_ROWS", 20)
    count, shared = 100, 50
    bodies = [ndjson(*(movement(n) for n in range(first, first + count))) for first in (0, shared)]
    client.timeout = httpx.Timeout(60)

    both = [results(response) for response in await asyncio.gather(*(client.post(PATH, content=b) for b in bodies))]

    assert [len(found) for found in both] == [count, count]
    assert sum(r["status"] == 201 for found in both for r in found) == count + shared
    decisions = [{r["transaction"]: r["decision"]["id"] for r in found} for found in both]
    assert all(decisions[1].get(key, made) == made for key, made in decisions[0].items())
    assert await landed(ledger) == count + shared
