"""Whoever is shown a wallet stands in the log of reads, within a second, with the wallet in its one spelling."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import psycopg
import pytest

from api.access import ACCESS
from api.app import create_app
from api.reads import MANY, READS
from graph.model import Role
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs import reading
from ledger.read_log import list_reads, verify
from ledger.session import Ledger
from settings import Settings
from tests.api.conftest import bearer, calling, problem
from tests.builders import land, pay
from tests.ledger.records import as_owner
from tests.servers import Servers

LOG = "/api/v1/read-log"
WALLETS = "/api/v1/wallets"


@pytest.fixture(autouse=True)
async def _landed(graph: Graph, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "EVERY_S", 0.05)
    await land(graph, pay("a", "b", 5))


async def logged(client: httpx.AsyncClient, count: int, **asked: Any) -> list[dict[str, Any]]:
    """The log once it holds `count` reads; it need not wait for more than a second."""
    for _ in range(400):
        items: list[dict[str, Any]] = (await client.get(LOG, params=asked)).json()["items"]
        if len(items) >= count:
            return items
        await asyncio.sleep(0.05)
    raise AssertionError(f"{count} reads are not logged")


async def test_a_read_is_logged_with_who_what_when_and_in_which_request(
    client: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    me = (await client.get("/api/v1/me", headers=bearer(keys["investigator"]))).json()["id"]
    shown = await client.get(f"{WALLETS}/acct:a/exposure", headers=bearer(keys["investigator"]))
    await client.get("/api/v1/search", params={"q": "a"})
    await client.get("/api/v1/scores/top")
    assert (await client.get(f"{WALLETS}/acct:nobody")).status_code == 404
    await client.get(f"{WALLETS}/ACCT%3Aa", headers=bearer(keys["integrator"]))  # not shown: 403

    reads = await logged(client, 3)

    assert [(r["operation"], r["subject"]) for r in reads] == [
        ("get_wallet_exposure", "acct:a"),
        ("search_wallets", "a"),
        ("list_top_scores", MANY),
    ]
    assert (reads[0]["actor"], reads[0]["request_id"]) == (me, shown.headers["x-request-id"])
    assert reads[0]["read_at"] <= reads[0]["at"]
    assert [r["seq"] for r in await logged(client, 1, actor=me)] == [1]
    assert [r["seq"] for r in await logged(client, 1, wallet="acct:a")] == [1]
    assert [r["seq"] for r in await logged(client, 1, operation="search_wallets")] == [2]
    since = {"since": reads[1]["read_at"], "until": reads[2]["read_at"]}
    assert [r["seq"] for r in await logged(client, 1, **since)] == [2]
    page = (await client.get(LOG, params={"limit": 2})).json()
    rest = (await client.get(LOG, params={"cursor": page["next"]})).json()
    assert [r["seq"] for r in page["items"] + rest["items"]] == [1, 2, 3]


async def test_only_admins_and_auditors_see_the_log(client: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    for role, key in keys.items():
        answer = await client.get(LOG, headers=bearer(key))
        assert answer.status_code == (200 if role in ("admin", "auditor") else 403), role
    problem(await client.get(LOG, params={"since": "2026-01-01T00:00:00"}), 422, "invalid-input")


async def test_whoever_takes_a_whole_list_as_csv_stands_in_the_log(
    client: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    # The easiest way to carry everything away must not be the one that leaves no trace.
    for path in ("transactions", "attributions", "alerts"):
        taken = await client.get(f"/api/v1/{path}", headers=bearer(keys["auditor"]) | {"accept": "text/csv"})
        assert taken.headers["content-type"].startswith("text/csv")

    reads = await logged(client, 3)

    assert [(r["operation"], r["subject"]) for r in reads] == [
        ("list_transactions", MANY),
        ("list_attributions", MANY),
        ("list_alerts", MANY),
    ]


async def test_reads_are_written_at_shutdown(
    settings: Settings, graph: Graph, ledger: Ledger, keys: dict[Role, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "EVERY_S", 3600.0)
    async with calling(create_app(settings), **bearer(keys["admin"])) as client:
        for _ in range(3):
            assert (await client.get(f"{WALLETS}/acct:a")).status_code == 200
        assert (await client.get(LOG)).json()["items"] == []

    async with ledger.read() as connection:
        assert len(await list_reads(connection)) == 3


async def test_a_full_batch_does_not_wait_for_its_time(
    settings: Settings, graph: Graph, ledger: Ledger, keys: dict[Role, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "EVERY_S", 3600.0)
    monkeypatch.setattr(reading, "BATCH", 3)
    async with calling(create_app(settings), **bearer(keys["admin"])) as client:
        await asyncio.gather(*(client.get(f"{WALLETS}/acct:a") for _ in range(7)))
        await logged(client, 6)
    async with ledger.read() as connection:
        chain = await verify(connection)
    assert (chain.checked, chain.bad_seq) == (7, None)


async def test_what_cannot_be_recorded_is_not_shown(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_WAITING", 0)

    problem(await client.get(f"{WALLETS}/acct:a"), 503, "unavailable")

    assert (await client.get("/api/v1/jobs")).status_code == 200


async def test_a_tampered_log_is_found(client: httpx.AsyncClient, ledger: Ledger, servers: Servers) -> None:
    for _ in range(2):
        await client.get(f"{WALLETS}/acct:a")
    await logged(client, 2)

    as_owner(servers.postgres_admin_url, "UPDATE read_log SET actor = 'usr_else' WHERE seq = 1", guarded="read_log")

    async with ledger.read() as connection:
        assert (await verify(connection)).bad_seq == 1


async def test_every_operation_that_shows_a_wallet_is_logged(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    showing = {
        item["get"]["operationId"]
        for path, item in document["paths"].items()
        if "get" in item and re.match(r"/api/v1/(wallets|scores?|search)(/|$)", path)
    }

    naming = {"get_alert", "get_alert_explanation", "get_case", "get_case_report", "list_watched_wallets"}
    whole = {"list_transactions", "list_attributions", "list_decisions", "list_alerts", "list_labels"}
    whole |= {"stream_alerts", "draw_wallets", "list_method_scores"}
    naming |= {"get_case_canvas", "get_case_what_if", "list_case_what_ifs", "save_case_what_if", "suppose_of_wallet"}
    naming |= {"get_entity", "list_entity_members", "get_entity_proof", "get_entity_exposure", "list_entity_proposals"}
    assert showing | naming | whole == set(READS)
    assert set(READS) <= set(ACCESS)


def test_nothing_of_the_log_can_be_taken_back(servers: Servers) -> None:
    with psycopg.connect(servers.postgres_url) as connection:
        for statement in ("DELETE FROM read_log", "UPDATE read_log SET actor = ''", "TRUNCATE read_log"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
