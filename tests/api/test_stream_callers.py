"""Who may open a stream, for how long, and how many: shown in the handshake or in a first message, never in the URL."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from litestar import Litestar
from litestar.routes import WebSocketRoute

from api import serving as api_serving
from api import stream_callers, stream_registry
from api.access import ACCESS, operation_of
from api.app import create_app
from api.stream_closing import CODES
from graph.model import Role
from graph.session import Graph
from ledger.read_log import list_reads
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import ROLES, bearer, calling
from tests.api.people import PASSWORD, PROOF, person
from tests.api.streaming import (
    LONG_S,
    STREAM,
    Served,
    closed,
    handshake,
    hear,
    hear_events,
    none_open,
    record_alert,
    serving,
)
from tests.servers import Servers


@pytest.fixture
async def served(servers: Servers, graph: Graph, ledger: Ledger) -> AsyncIterator[Served]:
    async with serving(servers) as opened:
        yield opened


@pytest.fixture(scope="module")
async def frames(servers: Servers, open_graph_once: Graph) -> AsyncIterator[Served]:
    async with serving(servers) as opened:
        yield opened


@pytest.fixture
async def admin(served: Served, keys: dict[Role, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=served.http, headers=bearer(keys["admin"])) as client:
        yield client


async def cookie(served: Served, name: str) -> str:
    """The cookie of a person who signs in."""
    async with httpx.AsyncClient(base_url=served.http) as browser:
        answer = await browser.post("/api/v1/sessions", json={"name": name, "password": PASSWORD}, headers=PROOF)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["set-cookie"].partition(";")[0])


def sockets(app: Litestar) -> dict[str, str]:
    """Every WebSocket of an application: its path, by its operation."""
    found = [route for route in app.routes if isinstance(route, WebSocketRoute)]
    return {str(operation_of(route.route_handler)): route.path for route in found}


async def test_every_cell_of_the_matrix_is_as_declared(served: Served, keys: dict[Role, str]) -> None:
    assert sockets(served.app) == {"stream_alerts": STREAM}
    for role in ROLES:
        for shown in (bearer(keys[role]), {"x_api_key": keys[role]}):
            async with served.stream(**shown) as client:
                if role in ACCESS["stream_alerts"]:
                    assert (await hear(client))["type"] == "stream.opened"
                else:
                    assert (await closed(client))[0] == 4003
    for wrong in ({"authorization": "Bearer hw_wrong"}, {"authorization": "Basic aHc6aHc="}, {"x_api_key": "-"}):
        async with served.stream(**wrong) as client:
            assert (await closed(client))[0] == 4001


async def test_a_page_with_a_key_shows_it_in_a_first_message(
    served: Served, ledger: Ledger, keys: dict[Role, str]
) -> None:
    await record_alert(ledger)
    for shown, code in ((keys["auditor"], None), (keys["integrator"], 4003), ("hw_wrong", 4001)):
        async with served.stream("?types=alert.changed") as client:
            first = {"authorization": f"Bearer {shown}", "after": 0, "types": "alert.opened"}
            await client.send(json.dumps(first))
            if code is None:
                assert await hear(client) == {"type": "stream.opened", "after": 0, "head": 1}
                assert (await hear_events(client, 1))[0]["type"] == "alert.opened"
            else:
                assert (await closed(client))[0] == code


async def test_who_says_nothing_is_closed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_callers, "FIRST_WITHIN_S", 0.2)
    async with served.stream() as client:
        assert (await closed(client))[0] == 4001


@pytest.mark.parametrize(
    "query",
    ["?after=-1", "?after=x", f"?after={2**63}", "?after=1&after=2", "?types=case.opened", "?types=", "?key=hw_x",
     "?types=alert.opened,", "?after=null", "?after=%ff"],
)  # fmt: skip
async def test_a_parameter_that_cannot_be_is_named(
    served: Served,
    keys: dict[Role, str],
    query: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("INFO")
    async with served.stream(query, **bearer(keys["admin"])) as client:
        code, reason = await closed(client)
    assert code == 4000
    # A key that somebody puts into the URL by mistake is in no log.
    assert "hw_x" not in caplog.text + str(capsys.readouterr())
    assert any(word in reason for word in ("after", "types", "key", "parameter", "UTF-8")), reason


async def test_a_message_to_an_open_stream_ends_it(served: Served, keys: dict[Role, str]) -> None:
    async with served.stream(**bearer(keys["admin"])) as client:
        await hear(client)
        await client.send("hello")
        assert await closed(client) == (4000, "an open stream takes no messages")
    async with served.stream() as client:
        await client.send("x" * 5_000)
        assert (await closed(client))[0] == 1009


async def test_a_signed_in_browser_needs_no_key_and_other_pages_are_refused(served: Served, ledger: Ledger) -> None:
    await person(ledger, name := secrets.token_hex(8), "investigator")
    shown = await cookie(served, name)

    async with served.stream(cookie=shown, origin=served.http) as client:
        assert (await hear(client))["type"] == "stream.opened"
    async with served.stream(cookie=shown, origin="https://evil.example") as client:
        assert (await closed(client))[0] == 4003
    async with served.stream(cookie="headwater=" + "x" * 43) as client:
        assert (await closed(client))[0] == 4001


async def test_a_first_password_has_to_be_replaced_first(served: Served, ledger: Ledger) -> None:
    await person(ledger, name := secrets.token_hex(8), "investigator", must_change=True)
    async with served.stream(cookie=await cookie(served, name)) as client:
        assert (await closed(client))[0] == 4003


async def test_without_keys_only_pages_of_this_machine_may(servers: Servers, graph: Graph, ledger: Ledger) -> None:
    async with serving(servers, auth="off") as served:
        async with served.stream() as client:
            assert (await hear(client))["type"] == "stream.opened"
        async with served.stream(origin="https://evil.example") as client:
            assert (await closed(client))[0] == 4003


async def test_a_revoked_key_ends_its_streams_within_5_seconds(
    served: Served, admin: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    made = (await admin.post("/api/v1/keys", json={"name": "short", "role": "auditor"})).json()
    async with served.stream(**bearer(made["key"])) as client, served.stream(**bearer(keys["auditor"])) as other:
        await hear(client)
        await hear(other)
        started = monotonic()
        assert (await admin.delete(f"/api/v1/keys/{made['id']}")).status_code == 204
        code, _ = await closed(client)
        assert (code, monotonic() - started < 5) == (4001, True)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(other.recv(), 2.5)


async def test_a_session_that_ends_or_lapses_and_a_person_disabled_end_their_streams(
    served: Served, admin: httpx.AsyncClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_registry, "CHECK_EVERY_S", 0.2)
    user = await person(ledger, name := secrets.token_hex(8), "investigator")
    first, second = [await cookie(served, name) for _ in range(2)]

    async with served.stream(cookie=first) as client, served.stream(cookie=second) as other:
        await asyncio.gather(hear(client), hear(other))
        ending = {"cookie": first} | PROOF
        async with httpx.AsyncClient(base_url=served.http, headers=ending) as browser:
            assert (await browser.delete("/api/v1/sessions/current")).status_code == 204
        assert (await closed(client))[0] == 4001
        async with ledger.transaction() as connection:
            await connection.execute(
                "UPDATE sessions SET seen_at = seen_at - interval '1 day' WHERE person = %s", (user,)
            )
        assert (await closed(other))[0] == 4001
    async with served.stream(cookie=await cookie(served, name)) as client:
        await hear(client)
        assert (await admin.delete(f"/api/v1/users/{user}")).status_code == 204
        assert (await closed(client))[0] == 4001


async def test_no_caller_and_not_all_together_have_more_streams_than_is_set(
    servers: Servers, graph: Graph, ledger: Ledger, keys: dict[Role, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(servers, streams="3", streams_per_caller="2") as served:
        mine, another = bearer(keys["admin"]), bearer(keys["auditor"])
        async with served.stream(**mine) as one, served.stream(**mine) as two:
            await asyncio.gather(hear(one), hear(two))
            async with served.stream(**mine) as third:
                assert (await closed(third))[0] == 4009
            async with served.stream(**another) as third:
                await hear(third)
                async with served.stream(**bearer(keys["supervisor"])) as fourth:
                    assert (await closed(fourth))[0] == 4009
        await none_open(served)
        async with served.stream(**mine) as again:
            assert (await hear(again))["type"] == "stream.opened"
        monkeypatch.setattr(stream_registry, "MOST_UNKNOWN", 1)
        async with served.stream() as _, served.stream() as second:
            assert (await closed(second))[0] == 4009


async def test_opening_a_stream_is_a_request_and_a_read(
    servers: Servers, graph: Graph, ledger: Ledger, keys: dict[Role, str]
) -> None:
    async with serving(servers, rate_limit="1") as served:
        async with served.stream(**bearer(keys["auditor"])) as client:
            await hear(client)
        async with served.stream(**bearer(keys["auditor"])) as client:
            assert (await closed(client))[0] == 4009
    async with ledger.read() as connection:
        reads = await list_reads(connection)
    assert [(read.operation, read.subject) for read in reads] == [("stream_alerts", "*")]


async def test_a_peer_that_answers_no_ping_is_let_go(
    servers: Servers, graph: Graph, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PING_EVERY_S", "PONG_WITHIN_S"):
        monkeypatch.setattr(api_serving, name, 0.3)
    async with serving(servers, auth="off") as served:
        reader, writer = await handshake(served)
        while not served.app.state.streams._open:
            await reader.read(1)
        await none_open(served)
        writer.close()


@hypothesis(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=300))
async def test_bytes_that_are_no_frames_break_nothing(frames: Served, sent: bytes) -> None:
    reader, writer = await handshake(frames)
    writer.write(sent)
    writer.write_eof()
    while await asyncio.wait_for(reader.read(1_000), LONG_S):
        pass
    writer.close()

    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{frames.http}/health")).status_code == 200


@hypothesis(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.text(max_size=50),
            st.binary(max_size=50),
            st.dictionaries(st.sampled_from(["authorization", "after", "types", "x"]), st.integers() | st.text()).map(
                json.dumps
            ),
        ),
        min_size=1,
        max_size=3,
    )
)
async def test_no_frame_breaks_the_server(frames: Served, sent: list[Any]) -> None:
    async with frames.stream() as client:
        with_closed = asyncio.create_task(closed(client))
        for frame in sent:
            try:
                await client.send(frame)
            except Exception:  # closed already
                break
        code, _ = await with_closed
    assert code in {4000, 4001}


async def test_every_code_that_a_test_sees_is_documented(settings: Settings, graph: Graph, ledger: Ledger) -> None:
    async with calling(create_app(settings)) as client:
        document = (await client.get("/openapi.json")).json()

    told = document["paths"][STREAM]["get"]["description"]
    assert all(f"`{code}`" in told for code in CODES)
    assert {4000, 4001, 4003, 4008, 4009, 1012} <= set(CODES)
    assert LONG_S > stream_registry.CHECK_EVERY_S
