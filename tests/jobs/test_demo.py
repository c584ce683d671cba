"""The demo leaves work: all of its transfers are there, and the newest of them raised alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from cli.demo import load
from cli.demo_transfers import PAYMENTS
from graph.session import Graph
from jobs.services import Services, open_services
from ledger.session import Ledger
from tests.servers import Servers


@pytest.fixture
async def demo(servers: Servers, graph: Graph, ledger: Ledger) -> AsyncIterator[Services]:
    assert graph is not None and ledger is not None
    async with open_services(servers.settings(reference_currency="ETH")) as services:
        yield services


async def test_the_newest_transfers_are_screened(demo: Services, capsys: pytest.CaptureFixture[str]) -> None:
    await load(demo)
    shown = capsys.readouterr().out
    assert f"{19_413 - PAYMENTS:,} transfers new" in shown and "877 attributions new" in shown
    assert f"{PAYMENTS} payments, screened, new, 0 known, 0 rejected" in shown
    async with demo.ledger.read() as connection:
        cursor = await connection.execute("SELECT severity, count(*) AS alerts FROM alerts GROUP BY severity")
        alerts = Counter({row["severity"]: row["alerts"] for row in await cursor.fetchall()})
    assert alerts.total() >= 20 and len(alerts) >= 2, alerts

    await load(demo)
    assert f"0 payments, screened, new, {PAYMENTS} known" in capsys.readouterr().out
