"""Scores are written to wallets that payments change meanwhile: the sums of a payment are never put back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import neo4j
import pytest

from jobs.services import Services
from tests.builders import key, land, pay
from tests.chaos.scene import session
from tests.jobs.test_rescreening import drain, score
from tests.servers import Servers

PAID = "MATCH (w:Wallet {key: $key}) SET w.in_value = w.in_value + 5"
SUM = "MATCH (w:Wallet {key: $key}) RETURN w.in_value AS value"
WAITING = "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN count(*) AS n"


def wait_until_one_waits(onlooker: neo4j.Session, limit_s: float = 60.0) -> None:
    limit = time.monotonic() + limit_s
    while not onlooker.run(WAITING).single(strict=True)["n"]:
        assert time.monotonic() < limit, "nobody waits for the wallet"
        time.sleep(0.05)


@pytest.mark.parametrize("storing", [drain, score])
async def test_a_writer_of_scores_that_waits_for_a_payment_leaves_its_sums(
    services: Services, servers: Servers, cypher: neo4j.Session, storing: Callable[[Services], Awaitable[object]]
) -> None:
    await land(services.graph, pay("clean", "a", 70))
    await score(services)
    await land(services.graph, pay("clean", "a", 7))

    with session(servers) as onlooker, cypher.begin_transaction() as paying:
        paying.run(PAID, key=key("a")).consume()
        stored = asyncio.create_task(storing(services))
        await asyncio.to_thread(wait_until_one_waits, onlooker)
        paying.commit()
    await stored

    assert cypher.run(SUM, key=key("a")).single(strict=True)["value"] == 77_000_005
