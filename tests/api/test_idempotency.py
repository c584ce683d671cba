"""`Idempotency-Key`: one effect however often a request is sent, the same answer again, and nothing lost to a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from msgspec import Struct

from api.app import create_app
from api.idempotency import NATURAL, SECRETS, honours_key
from graph.model import Role
from graph.session import Graph
from jobs.services import Services
from ledger.idempotency import Answer, claim_key, drop_claim, end_lease, keep_answer
from ledger.ids import derived_id
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import bearer, calling, fields, movement, problem
from tests.chaos.processes import Killable, free_port, headwater, wait_until_ready
from tests.ledger.records import NOW
from tests.servers import Servers

RUNS, USERS = "/api/v1/scoring-runs", "/api/v1/users"
HEADER = "Idempotency-Key"


def under(key: str, **more: str) -> dict[str, str]:
    return {HEADER: key, **more}


def scalar(servers: Servers, query: str) -> Any:
    with psycopg.connect(servers.postgres_admin_url) as connection:
        row = connection.execute(query).fetchone()
    assert row
    return row[0]


async def test_the_same_request_again_has_the_same_answer_and_no_second_effect(
    client: httpx.AsyncClient, servers: Servers
) -> None:
    first = await client.post(RUNS, json={"hops": 2}, headers=under("k"))
    again = await client.post(RUNS, json={"hops": 2}, headers=under('"k"'))  # as a structured field

    assert first.status_code == again.status_code == 202
    assert first.content == again.content
    for name in ("location", "content-type"):
        assert first.headers[name] == again.headers[name]
    assert "idempotent-replayed" not in first.headers and again.headers["idempotent-replayed"] == "true"
    assert scalar(servers, "SELECT count(*) FROM scoring_runs") == 1
    assert scalar(servers, "SELECT count(*) FROM audit_events WHERE action = 'scoring_run.requested'") == 1


async def test_without_a_key_each_request_has_its_effect(client: httpx.AsyncClient, servers: Servers) -> None:
    """Negative control."""
    for _ in range(2):
        assert (await client.post(RUNS)).status_code == 202

    assert scalar(servers, "SELECT count(*) FROM scoring_runs") == 2


async def test_twenty_at_once_have_one_effect(client: httpx.AsyncClient, servers: Servers) -> None:
    answers = await asyncio.gather(*(client.post(RUNS, headers=under("once")) for _ in range(20)))

    made = [answer for answer in answers if answer.status_code == 202]
    waiting = [answer for answer in answers if answer.status_code != 202]
    assert made and len({answer.content for answer in made}) == 1
    for answer in waiting:
        problem(answer, 409, "in-progress")
        assert int(answer.headers["retry-after"]) >= 1
    assert (await client.post(RUNS, headers=under("once"))).content == made[0].content
    assert scalar(servers, "SELECT count(*) FROM scoring_runs") == 1


@pytest.mark.parametrize(
    ("path", "body"), [(RUNS, b'{"hops": 3}'), (RUNS, b'{"hops":2} '), (f"{RUNS}?", b""), (USERS, b'{"hops": 2}')]
)
async def test_a_key_stands_for_one_request(client: httpx.AsyncClient, path: str, body: bytes) -> None:
    assert (await client.post(RUNS, content=b'{"hops": 2}', headers=under("k"))).status_code == 202

    refused = problem(await client.post(path, content=body, headers=under("k")), 422, "invalid-input")

    assert fields(refused) == [HEADER]


async def test_keys_of_one_caller_are_nothing_to_another(
    client: httpx.AsyncClient, keys: dict[Role, str], servers: Servers
) -> None:
    await client.post(RUNS, headers=under("k"))
    other = await client.post(RUNS, json={"hops": 1}, headers=under("k", **bearer(keys["supervisor"])))

    assert other.status_code == 202
    assert scalar(servers, "SELECT count(*) FROM scoring_runs") == 2


@pytest.mark.parametrize("key", ["", " ", '""', "x" * 256, "caf\u00e9", "a\tb"])
async def test_a_misfit_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    refused = problem(await client.post(RUNS, headers=[(HEADER.encode(), key.encode("latin-1"))]), 422, "invalid-input")
    assert fields(refused) == [HEADER]
    assert (await client.post(RUNS, headers=under("x" * 255))).status_code == 202


async def test_a_refused_request_gives_its_key_back(client: httpx.AsyncClient) -> None:
    problem(await client.post(RUNS, json={"hops": 99}, headers=under("k")), 422, "invalid-input")

    assert (await client.post(RUNS, json={"hops": 2}, headers=under("k"))).status_code == 202


async def test_where_a_transaction_names_itself_the_key_is_ignored(client: httpx.AsyncClient) -> None:
    one = await client.post("/api/v1/transactions", json=movement(1), headers=under("k"))
    two = await client.post("/api/v1/transactions", json=movement(2), headers=under("k"))

    assert [one.status_code, two.status_code] == [201, 201]


async def test_a_secret_is_not_in_the_answer_given_again(client: httpx.AsyncClient) -> None:
    body = {"name": "ann", "role": "auditor"}
    first = await client.post(USERS, json=body, headers=under("k"))
    again = await client.post(USERS, json=body, headers=under("k"))

    assert first.json()["password"] and again.json() == first.json() | {"password": None}
    assert again.status_code == 201 and again.headers["location"] == first.headers["location"]


async def test_an_answer_is_forgotten_after_a_while(
    settings: Settings, client: httpx.AsyncClient, servers: Servers
) -> None:
    first = await client.post(RUNS, headers=under("k"))
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute("UPDATE idempotency SET created_at = created_at - interval '86401 seconds'")

    later = await client.post(RUNS, headers=under("another"))

    assert scalar(servers, "SELECT count(*) FROM idempotency") == 1
    assert (await client.post(RUNS, headers=under("k"))).json() != first.json() != later.json()


async def test_an_operation_takes_part_unless_it_is_said_why_not(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    writes = {
        operation["operationId"]: any(p["name"] == HEADER for p in operation.get("parameters", []))
        for item in document["paths"].values()
        for method, operation in item.items()
        if method in ("post", "patch")
    }

    assert set(NATURAL) <= set(writes)
    assert set(SECRETS) <= set(writes)
    assert writes == {name: honours_key(name, "POST") for name in writes}
    assert writes["create_case"] and not writes["create_transaction"]


async def test_a_claim_is_one_s_own_until_it_lapses(ledger: Ledger) -> None:
    async def claim(fingerprint: str = "f", lease_s: float = 60.0) -> Any:
        async with ledger.transaction() as connection:
            return await claim_key(connection, "ann", "k", fingerprint, lease_s=lease_s, kept_s=3600)

    answer = Answer(status=201, headers={"etag": '"1"'}, body=b"\x00{}")
    first = await claim(lease_s=0.0)
    second = await claim()

    assert (first.state, second.state) == ("ours", "ours")
    assert first.claim.created_at == second.claim.created_at
    assert (await claim()).state == "running" and (await claim()).wait_s > 50
    assert (await claim("other")).state == "other"
    async with ledger.transaction() as connection:
        assert not await keep_answer(connection, first.claim, answer)  # taken over
        await end_lease(connection, first.claim)
        await drop_claim(connection, first.claim)
    assert (await claim()).state == "running"
    async with ledger.transaction() as connection:
        await end_lease(connection, second.claim)
    third = await claim()
    async with ledger.transaction() as connection:
        assert await keep_answer(connection, third.claim, answer)
    assert (await claim()).answer == answer


def test_a_derived_id_is_the_same_for_the_same_and_sorts_by_time() -> None:
    assert derived_id("run", NOW, "a", "b") == derived_id("run", NOW, "a", "b")
    others = {derived_id("run", NOW, *seed) for seed in (("a", "b"), ("ab",), ("a", "b", "0"), ("b", "a"))}
    assert len(others) == 4
    assert derived_id("run", NOW, "z") < derived_id("run", NOW.replace(year=NOW.year + 1), "a")


@pytest.fixture
def api(servers: Servers, graph: Graph, ledger: Ledger, tmp_path: Path) -> Iterator[tuple[Killable, str]]:
    """The API in a process of its own, and its address."""
    port = free_port()
    environ = servers.environ(data_dir=str(tmp_path), port=str(port))
    with headwater("serve", tmp_path / "api.log", environ) as process:
        yield process, f"http://127.0.0.1:{port}"


class Write(Struct, frozen=True):
    """A write whose answer is lost: what is counted of it, and what of its answer is shown once only."""

    path: str
    body: dict[str, Any]
    made: str
    action: str
    secret: str | None = None

    @property
    def count(self) -> str:
        return f"SELECT count(*) FROM ({self.made}) made"

    @property
    def events(self) -> str:
        return f"SELECT count(*) FROM audit_events WHERE action = '{self.action}'"


RULE = {"title": "t", "why": "w", "reason": "X", "score": 0.1, "when": {"field": "transaction.asset", "op": "exists"}}
WRITES = {
    "run": Write(RUNS, {}, "SELECT id FROM scoring_runs", "scoring_run.requested"),
    "rule": Write("/api/v1/rules", RULE, "SELECT rule FROM rule_versions WHERE author <> 'headwater'", "rule.created"),
    "case": Write("/api/v1/cases", {"title": "t"}, "SELECT id FROM cases", "case.opened"),
    "watchlist": Write("/api/v1/watchlists", {"name": "w"}, "SELECT id FROM watchlists", "watchlist.created"),
    "user": Write(USERS, {"name": "ann", "role": "auditor"}, "SELECT id FROM users", "user.created", "password"),
    "key": Write(
        "/api/v1/keys",
        {"name": "till", "role": "auditor"},
        "SELECT id FROM api_keys WHERE name = 'till'",
        "key.created",
        "key",
    ),
}


async def test_a_kill_between_the_effect_and_the_answer_leaves_one_effect(
    api: tuple[Killable, str], servers: Servers, services: Services, keys: dict[Role, str]
) -> None:
    """One write of each kind is held up until the rows that will keep the answers are locked.

    The kill comes when all of them are committed and none is answered.
    """
    await services.current_book()  # else the rule's would wait for the book to be recorded
    process, base = api
    await asyncio.to_thread(wait_until_ready, base)
    told = {name: scalar(servers, write.events) for name, write in WRITES.items()}
    async with httpx.AsyncClient(base_url=base, headers=bearer(keys["admin"]), timeout=60) as client:

        async def send(name: str) -> httpx.Response:
            return await client.post(WRITES[name].path, json=WRITES[name].body, headers=under(name))

        with psycopg.connect(servers.postgres_admin_url) as rows:
            with psycopg.connect(servers.postgres_admin_url) as effects:
                effects.execute("SELECT pg_advisory_lock(4873225002)")  # that of the audit log's head
                lost = [asyncio.create_task(send(name)) for name in WRITES]
                await until(servers, f"SELECT count(*) = {len(WRITES)} FROM idempotency")
                rows.execute("SELECT * FROM idempotency FOR UPDATE")
            for write in WRITES.values():
                await until(servers, write.count)
            process.kill()
            outcomes = await asyncio.gather(*lost, return_exceptions=True)
        assert {isinstance(outcome, httpx.TransportError) for outcome in outcomes} == {True}
        assert scalar(servers, "SELECT count(*) FROM idempotency WHERE status IS NULL") == len(WRITES)
        made = {name: scalar(servers, write.made) for name, write in WRITES.items()}

        process.start()
        await asyncio.to_thread(wait_until_ready, base)
        for name in WRITES:
            problem(await send(name), 409, "in-progress")
        with psycopg.connect(servers.postgres_admin_url) as clock:  # a minute goes by
            clock.execute("UPDATE idempotency SET claimed_until = claimed_until - interval '1 minute'")
        other = await client.post(RUNS, json={"hops": 1}, headers=under("run"))
        problem(other, 422, "invalid-input")
        for name, write in WRITES.items():
            again = await send(name)
            assert again.status_code in (200, 201, 202), again.text
            assert made[name] in again.text
            if write.secret is not None:
                assert again.json()[write.secret] is None
            assert (await send(name)).content == again.content
    for name, write in WRITES.items():
        assert (name, scalar(servers, write.count)) == (name, 1)
        assert (name, scalar(servers, write.events)) == (name, told[name] + 1)
    assert scalar(servers, "SELECT count(*) FROM jobs WHERE name = 'score_graph'") == 1


async def until(servers: Servers, count: str) -> None:
    """Wait until something is counted."""
    for _ in range(1000):
        if scalar(servers, count):
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"nothing for {count}")


async def test_without_derived_ids_the_kill_would_leave_two(settings: Settings, keys: dict[Role, str]) -> None:
    """Negative control: taken up again under a lapsed claim, a request that makes up its ids anew acts twice."""
    app = create_app(settings)
    async with calling(app, **bearer(keys["admin"])) as client:
        derived = [await _lapsed(client, settings, HEADER) for _ in range(2)]
        anew = [await _lapsed(client, settings, "X-No-Key") for _ in range(2)]

    assert derived[0] == derived[1] and anew[0] != anew[1]


async def _lapsed(client: httpx.AsyncClient, settings: Settings, header: str) -> str:
    """The run of a request whose answer was lost, and its claim lapsed, each time before."""
    run: str = (await client.post(RUNS, headers={header: "lapsing"})).json()["run"]["id"]
    ledger = await Ledger.open(settings.ledger.postgres_admin_url)
    async with ledger.transaction() as connection:
        await connection.execute("UPDATE idempotency SET status = NULL, body = NULL, claimed_until = now()")
    await ledger.close()
    return run
