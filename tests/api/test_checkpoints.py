"""Checkpoints, keys and proofs on the wire are those that were signed; what is not there is 404, a meddled log 409."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from jobs.keeping_checkpoints import CheckpointKeeper
from jobs.proofs import ConsistencyProof, InclusionProof
from jobs.proofs_checked import check_consistency, check_inclusion
from jobs.services import Services
from ledger.checkpoints import read_checkpoint
from tests.api.conftest import problem
from tests.jobs.signing import as_owner_behind_guards, fill, public_of, sign, signing_services, sink
from tests.servers import Servers

AUDIT = "/api/v1/audit"


@pytest.fixture
async def services(servers: Servers, client: httpx.AsyncClient, tmp_path: Path) -> AsyncIterator[Services]:
    async with signing_services(servers, tmp_path) as opened:
        yield opened


async def test_checkpoints_are_listed_latest_first_as_they_were_signed(
    services: Services, client: httpx.AsyncClient
) -> None:
    made = [await sign(services, more=2) for _ in range(3)]

    first = (await client.get(f"{AUDIT}/checkpoints", params={"limit": 2})).json()
    second = (await client.get(f"{AUDIT}/checkpoints", params={"limit": 2, "cursor": first["next"]})).json()
    listed = [*first["items"], *second["items"]]
    assert [read_checkpoint(item["note"])[0] for item in listed] == made[::-1]
    assert [(item["size"], item["root"]) for item in listed] == [(one.size, one.root.hex()) for one in made[::-1]]
    assert second["next"] is None


async def test_the_latest_checkpoint_is_the_file_in_the_sink(services: Services, client: httpx.AsyncClient) -> None:
    problem(await client.get(f"{AUDIT}/checkpoints/latest"), 404, "not-found")
    await sign(services, more=2)

    text = await client.get(f"{AUDIT}/checkpoints/latest", params={"format": "text"})
    assert text.headers["content-type"].startswith("text/plain")
    assert text.text == sink(services).latest() == (await client.get(f"{AUDIT}/checkpoints/latest")).json()["note"]


async def test_a_proof_from_the_api_holds_with_the_public_key_alone(
    services: Services, client: httpx.AsyncClient
) -> None:
    await sign(services, more=300)
    await sign(services, more=7)
    keys = (await client.get(f"{AUDIT}/keys")).json()["items"]
    assert keys[0]["verifier"] == public_of(services).verifier(keys[0]["origin"])

    answer = await client.get(f"{AUDIT}/5/proof", params={"checkpoint": 300})
    proof = msgspec.json.decode(answer.content, type=InclusionProof)
    assert check_inclusion(proof, [public_of(services)]).size == 300 and proof.event.subject == "eth:4"
    answer = await client.get(f"{AUDIT}/consistency", params={"from": 300, "to": 307})
    consistency = msgspec.json.decode(answer.content, type=ConsistencyProof)
    assert check_consistency(consistency, [public_of(services)])[1].size == 307


async def test_what_is_not_there_or_not_covered_is_not_found(services: Services, client: httpx.AsyncClient) -> None:
    await sign(services, more=2)
    await fill(services, 1)

    for path in ("3/proof", "9/proof", "1/proof?checkpoint=7", "consistency?from=1&to=2"):
        problem(await client.get(f"{AUDIT}/{path}"), 404, "not-found")
    for path in ("0/proof", "x/proof", "-1/proof", "9" * 30 + "/proof", "2/proof?checkpoint=1", "consistency?from=2"):
        problem(await client.get(f"{AUDIT}/{path}"), 422, "invalid-input")


async def test_no_proof_is_given_of_a_log_that_is_not_what_was_signed(
    services: Services, servers: Servers, client: httpx.AsyncClient
) -> None:
    await sign(services, more=5)
    await sign(services, more=5)
    as_owner_behind_guards(servers, "UPDATE audit_events SET hash = repeat('0', 64) WHERE seq = 3")

    problem(await client.get(f"{AUDIT}/2/proof"), 409, "not-as-signed")
    problem(await client.get(f"{AUDIT}/consistency", params={"from": 5, "to": 10}), 409, "not-as-signed")
    as_owner_behind_guards(servers, "UPDATE checkpoints SET key = 'x'")
    problem(await client.get(f"{AUDIT}/keys"), 409, "not-as-signed")


async def readiness(client: httpx.AsyncClient) -> str:
    answer = await client.get("/health/ready")
    assert answer.status_code == 200
    return str(answer.json()["checkpoints"])


async def test_readiness_tells_whether_the_log_is_signed(
    services: Services, servers: Servers, client: httpx.AsyncClient
) -> None:
    assert await readiness(client) == "off"
    await fill(services, 3)
    await CheckpointKeeper(services)()
    assert await readiness(client) == "ok"
    as_owner_behind_guards(servers, "UPDATE audit_events SET at = at - interval '1 day'")
    await fill(services, 1)
    as_owner_behind_guards(servers, "UPDATE audit_events SET at = at - interval '1 day' WHERE seq = 4")
    assert await readiness(client) == "late"
    await CheckpointKeeper(services)()
    assert await readiness(client) == "refused"
