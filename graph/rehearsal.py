"""Has the database plan every short query before the first caller asks it.

Planning the long exposure queries takes seconds on a cold server, asking them milliseconds. Plans are kept per query
and per kind and size of parameters, so each is run once with parameters like real ones; what writes is rolled back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from graph.catalog import Query, load_catalog
from graph.deciding import deciding_parameters
from graph.errors import Unavailable
from graph.model import Party, Transaction
from graph.session import Graph
from graph.starts import wallet_start
from graph.sums import Sums
from graph.taxonomy import load_taxonomy
from graph.together import together

FOLDERS = ("ingest", "wallets", "transactions", "subgraph", "paths", "history", "rules")
NAMES = (
    "exposure_source",
    "exposure_destination",
    "exposure_source_as_of",
    "exposure_destination_as_of",
    "exposure_source_rewound",
    "exposure_destination_rewound",
    "hop_counts_of",
    "hop_counts_of_as_of",
    "wallet_movements",
)
# What a payment waits for, planned before the rest: in these folders, and how exposures are asked for.
FIRST = ("ingest", "history", "rules", "exposure")
AT_ONCE = 4
TRIES = 5
NOBODY = "eth:0x" + "0" * 39
SOME_TIME = datetime(2020, 1, 1, tzinfo=UTC)


async def rehearse(graph: Graph, *, is_over: Callable[[], bool] = lambda: False) -> None:
    """Run each short query once for wallets that do not exist; nothing is changed. Reads are planned side by side.

    `is_over` is asked before each: whoever closes the graph waits for the queries under way only.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    short = [query for query in load_catalog().values() if query.folder in FOLDERS or query.name in NAMES]
    for is_first in (True, False):
        part = [query for query in short if (query.folder in FIRST) is is_first]
        await together(*(_rehearse_read(graph, query, gate, is_over) for query in part if query.mode == "read"))
        for query in part:
            if query.mode != "read" and not is_over():
                await _rehearse_write(graph, query)


async def _rehearse_read(graph: Graph, query: Query, gate: asyncio.Semaphore, is_over: Callable[[], bool]) -> None:
    async with gate:
        if not is_over():
            await graph.read(query.name, **_parameters(query))


async def _rehearse_write(graph: Graph, query: Query) -> None:
    """Run one by itself, so that no lock is held while the next is planned; again where live posts were in its way."""
    for left in reversed(range(TRIES)):
        try:
            async with graph.rehearsal() as unit:
                await unit.run(query.name, **_parameters(query))
            return
        except Unavailable as error:
            if not left or "TransientError" not in str(error):
                raise


def _parameters(query: Query) -> dict[str, Any]:
    if query.name == "land_transactions":
        return _landing()
    payment = {"id": NOBODY, "payers": [NOBODY], "payees": [NOBODY], "as_of": 0}
    samples = {
        "STRING": NOBODY,
        "INTEGER": 1,
        "FLOAT": 0.0,
        "BOOLEAN": True,
        "DATETIME": SOME_TIME,
        "MAP": {},
        "LIST<STRING>": [NOBODY],
        "LIST<MAP>": [payment] if "payments" in query.parameters else [wallet_start(NOBODY)],
    }
    taxonomy = load_taxonomy()
    stretch = {"wallet": NOBODY, "until": 0, "since": 0}
    real = deciding_parameters(taxonomy) | {"unit": "day", "passing": sorted(taxonomy.passing), "stretches": [stretch]}
    return {name: real.get(name, samples[kind]) for name, kind in query.parameters.items()}


def _landing() -> dict[str, Any]:
    address = NOBODY.partition(":")[2]
    sums = Sums()
    sums.add(
        Transaction(
            network="eth",
            id=NOBODY,
            at=SOME_TIME,
            asset="ETH",
            amount="1",
            value=1,
            inputs=(Party(address, "1"),),
            outputs=(Party(address, "1"),),
        ),
        {"content": "0" * 64},
    )
    return sums.placed(sums.rows) | {"again": [], "size": 1, "now": SOME_TIME}
