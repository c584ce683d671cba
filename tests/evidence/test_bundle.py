"""A bundle made from real servers verifies without them, and the script in it asserts its numbers in an empty Neo4j."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import neo4j
import pytest

from evidence.packing import unpack
from evidence.verifying import verify_bundle
from graph.taxonomy import Taxonomy
from jobs.services import Services
from tests.evidence.scene import bundle_of, tell_story
from tests.jobs.signing import signing_services
from tests.servers import Servers


@pytest.fixture
async def signing(servers: Servers, graph: object, ledger: object, tmp_path: Path) -> AsyncIterator[Services]:
    async with signing_services(servers, tmp_path) as opened:
        yield opened


async def test_a_bundle_verifies_and_says_that_nothing_is_signed(services: Services, taxonomy: Taxonomy) -> None:
    alert = await tell_story(services, taxonomy)
    found = verify_bundle(await bundle_of(services, alert))

    assert [str(one) for one in found.wrong] == []
    assert found.signed is None
    assert found.manifest.complete and found.manifest.alerts == (alert,)
    assert found.transactions >= 4 and found.events >= 1


def statements(script: str) -> list[str]:
    """As cypher-shell splits: at `;`, which texts of a replay never hold."""
    lines = [line for line in script.splitlines() if not line.startswith("//")]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


def replayed(cypher: neo4j.Session, script: str) -> list[dict[str, Any]]:
    """What the last statement says, run in an emptied graph."""
    cypher.run("MATCH (n) DETACH DELETE n").consume()
    return [cypher.run(one).data() for one in statements(script)][-1]


async def test_the_replay_asserts_every_number_in_an_empty_graph(
    services: Services, taxonomy: Taxonomy, cypher: neo4j.Session
) -> None:
    bundle = await bundle_of(services, await tell_story(services, taxonomy))
    script = unpack(bundle)["replay.cypher"].decode()

    with pytest.raises(neo4j.exceptions.ClientError, match="not empty"):
        cypher.run(statements(script)[0]).consume()
    assert replayed(cypher, script) == [{"result": "every number holds"}]
