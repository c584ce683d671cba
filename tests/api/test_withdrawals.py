"""DELETE of transactions, landing them again, and how both are told."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner

from cli.withdraw import withdraw
from graph.canonical import canonical_transaction, decode_transaction
from graph.ingest import land_transactions
from graph.model import Role
from graph.session import Graph
from graph.taxonomy import Taxonomy
from jobs.services import Services
from tests.api.conftest import bearer, fields, movement, problem
from tests.api.test_bulk import PATH, ndjson, results
from tests.api.test_wallets import walk
from tests.builders import label
from tests.servers import Servers

ONE = "/api/v1/transactions/acct:p1"


async def post(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await client.post("/api/v1/transactions", json=movement(**changes))


async def test_a_withdrawn_transaction_is_still_answered(client: httpx.AsyncClient) -> None:
    posted = (await post(client)).json()

    response = await client.delete(ONE, params={"reason": "block 17 reorganised"})

    assert (response.status_code, response.content) == (204, b"")
    found = (await client.get(ONE)).json()
    assert found["reason"] == "block 17 reorganised"
    assert found["withdrawn_at"] is not None and found["seq"] == 1
    assert found["spans"] == [
        {name: found[name] for name in ("seq", "at", "recorded_at", "withdrawn_at", "reason")},
    ]
    assert (await client.get(f"{ONE}/decision")).json() == posted["decision"]
    wallet = (await client.get("/api/v1/wallets/acct:b")).json()
    assert (wallet["in_value"], wallet["in_count"], wallet["in_degree"]) == ("0", 0, 0)


async def test_deleting_again_changes_nothing(client: httpx.AsyncClient) -> None:
    await post(client)
    await client.delete(ONE, params={"reason": "first"})
    before = (await client.get(ONE)).json()

    assert (await client.delete(ONE, params={"reason": "second"})).status_code == 204
    assert (await client.get(ONE)).json() == before


async def test_what_is_not_there_cannot_be_withdrawn(
    client: httpx.AsyncClient, graph: Graph, services: Services
) -> None:
    problem(await client.delete("/api/v1/transactions/acct:none"), 404, "not-found")
    assert fields(problem(await client.delete("/api/v1/transactions/none"), 422, "invalid-input")) == ["key"]
    long = await client.delete(ONE, params={"reason": "x" * 501})
    assert fields(problem(long, 422, "invalid-input")) == ["reason"]

    given = decode_transaction(msgspec.json.encode(movement()))
    at = given.at
    await land_transactions(graph, [canonical_transaction(given, reference_currency="USD", now=at, max_future_s=1)])
    problem(await client.delete(ONE), 409, "not-recorded")
    assert (await post(client)).status_code == 200
    assert (await client.delete(ONE)).status_code == 204


async def test_posted_again_it_lands_again(client: httpx.AsyncClient) -> None:
    first = (await post(client)).json()
    await client.delete(ONE, params={"reason": "reorganised"})
    again = await post(client, at="2019-03-02T12:00:00Z")

    assert again.status_code == 201
    assert again.json() == {**first, "seq": 3}
    assert (await post(client, at="2019-03-02T12:00:00Z")).status_code == 200
    problem(await post(client), 409, "transaction-conflict")
    found = (await client.get(ONE)).json()
    assert (found["at"], found["withdrawn_at"], found["reason"]) == ("2019-03-02T12:00:00Z", None, None)
    told = [(s["seq"], s["at"][:10], s["withdrawn_at"] is None, s["reason"]) for s in found["spans"]]
    assert told == [(1, "2019-03-01", False, "reorganised"), (3, "2019-03-02", True, None)]


async def test_other_content_in_place_of_a_withdrawn_one_is_a_conflict(client: httpx.AsyncClient) -> None:
    await post(client)
    await client.delete(ONE)

    problem(await post(client, amount="2"), 409, "transaction-conflict")


async def test_a_bulk_lands_again_too(client: httpx.AsyncClient) -> None:
    for number in (1, 2):
        await post(client, number=number)
        await client.delete(f"/api/v1/transactions/acct:p{number}")
    body = ndjson(movement(1), movement(1), movement(2, amount="9"), movement(3))

    found = results(await client.post(PATH, content=body))

    assert [r["status"] for r in found] == [201, 200, 409, 201]
    assert found[0]["seq"] == found[1]["seq"] and {found[0]["seq"], found[3]["seq"]} == {5, 6}
    assert found[0]["decision"] == (await client.get(f"{ONE}/decision")).json()


async def test_lists_tell_and_filter_what_is_withdrawn(client: httpx.AsyncClient) -> None:
    for number in range(6):
        await post(client, number=number)
    for number in (1, 2, 4):
        await client.delete(f"/api/v1/transactions/acct:p{number}")
    await post(client, number=2)

    for path in ("/api/v1/transactions", "/api/v1/wallets/acct:a/transactions"):
        everything = await walk(client, path, limit=2)
        gone = await walk(client, path, limit=1, withdrawn="true")
        counting = await walk(client, path, limit=2, withdrawn="false")
        assert [item["key"] for item in gone] == ["acct:p4", "acct:p1"]
        assert [item["key"] for item in counting] == ["acct:p2", "acct:p5", "acct:p3", "acct:p0"]
        assert all(item["withdrawn_at"] for item in gone) and not any(item["withdrawn_at"] for item in counting)
        assert {item["key"] for item in everything} == {f"acct:p{number}" for number in range(6)}
    bad = await client.get("/api/v1/transactions", params={"withdrawn": "perhaps"})
    assert fields(problem(bad, 422, "invalid-input")) == ["withdrawn"]


async def test_both_are_audited_with_their_actor(client: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    await post(client)
    assert (await client.delete(ONE, headers=bearer(keys["supervisor"]))).status_code == 204
    await post(client)

    events = (await client.get("/api/v1/audit", params={"subject": "acct:p1"})).json()["items"]
    assert [event["action"] for event in events] == [
        "transaction.decided",
        "transaction.withdrawn",
        "transaction.relanded",
    ]
    assert [event["body"].get("seq") for event in events] == [1, 2, 3]
    assert events[0]["actor"] == events[2]["actor"] != events[1]["actor"]


@pytest.mark.parametrize("role", ["investigator", "auditor"])
async def test_readers_withdraw_nothing(client: httpx.AsyncClient, keys: dict[Role, str], role: Role) -> None:
    await post(client)

    problem(await client.delete(ONE, headers=bearer(keys[role])), 403, "forbidden")
    assert (await client.get(ONE)).json()["withdrawn_at"] is None


async def test_a_payment_of_200_by_200_parties_is_landed_decided_and_withdrawn(
    client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy
) -> None:
    await label(graph, taxonomy, in7="scam")
    sides = {
        "inputs": [{"address": f"in{i}", "amount": str(1 + i)} for i in range(200)],
        "outputs": [{"address": f"out{i}", "amount": str(1 + i)} for i in range(200)],
    }
    response = await post(client, sender=None, receiver=None, amount=None, **sides)

    assert response.status_code == 201, response.text
    assert response.json()["decision"]["severity"] == "high", "a direct scam among the payers"
    found = (await client.get(ONE)).json()
    assert (len(found["inputs"]), len(found["outputs"]), found["value"]) == (200, 200, "20100")
    assert (await client.delete(ONE)).status_code == 204
    assert (await client.get("/api/v1/wallets/acct:out9")).json()["in_value"] == "0"
    assert (await post(client, sender=None, receiver=None, amount=None, **sides)).status_code == 201
    assert (await client.get("/api/v1/wallets/acct:out9")).json()["in_value"] == "10"


async def test_the_command_withdraws(client: httpx.AsyncClient, servers: Servers) -> None:
    await post(client)
    run = CliRunner(env=servers.environ())

    for said in ("is withdrawn at #2", "was withdrawn before at #2"):
        done = await asyncio.to_thread(run.invoke, withdraw, ["acct:p1", "--reason", "reorganised"])
        assert done.exit_code == 0 and said in done.output, done.output
    assert (await client.get(ONE)).json()["reason"] == "reorganised"
    for wrong, why in (
        (["acct:none"], "acct:none"),
        (["acct:p1", "--reason", "x" * 501], "--reason: must be at most 500"),
    ):
        refused = await asyncio.to_thread(run.invoke, withdraw, wrong)
        assert refused.exit_code == 1 and why in str(refused.exception)
