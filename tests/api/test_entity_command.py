"""`headwater cluster` and `headwater entity`, as typed."""

from __future__ import annotations

import asyncio

from click.testing import CliRunner

from cli.cluster import cluster, entity
from graph.regrouping import entity_key
from jobs.runner import run_job
from jobs.services import Services
from jobs.worker import HANDLERS
from tests.builders import land, spend
from tests.servers import Servers


async def test_an_entity_is_shown_by_its_key_or_that_of_a_wallet(services: Services, servers: Servers) -> None:
    await land(services.graph, spend({"a": 1, "b": 1, "c": 1}, {"x": 3}, id="t1"))
    run = CliRunner(env=servers.environ())

    asked = await asyncio.to_thread(run.invoke, cluster, [])
    await run_job(services, HANDLERS, asked.output.split()[1])
    shown = await asyncio.to_thread(run.invoke, entity, ["ltc:b", "--limit", "1"])
    by_key = await asyncio.to_thread(run.invoke, entity, [entity_key("ltc:a")])
    unknown = await asyncio.to_thread(run.invoke, entity, ["ltc:x"])

    assert asked.exit_code == shown.exit_code == by_key.exit_code == 0
    assert f"{entity_key('ltc:a')}: 3 wallets of ltc, confidence 0.97" in shown.output
    assert "and 1 more links" in shown.output and by_key.output.count("ltc:t1") == 2
    assert unknown.exit_code == 1 and "entity ltc:x is not known" in str(unknown.exception)
