"""Landing without screening against the same Cypher in a bare loop, and replaying against landing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bare import bare_driver, prepare_batches, send_batches
from bench.figures import Figure, Sizes, Watch, times_faster
from bench.ground import BenchError, Ground
from graph.canonical import canonical_transaction
from graph.errors import InvalidInput
from graph.model import Transaction
from jobs.csv_files import open_transactions
from jobs.importing import LAND_ROWS, ImportReport, import_transactions
from jobs.services import Services
from jobs.simulation import SimulatedColumns, simulate_columns, write_simulation

NAME = "ingest"
NETWORK, ASSET = "eth", "USD"


async def measure_ingest(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Land slices of one simulated history, ours and bare in turn, then replay ours; the first warms up."""
    services = ground.services
    landing, bare, replaying = Watch(), Watch(), Watch()
    with TemporaryDirectory() as folder, bare_driver(services.settings.graph) as driver:
        files = write_slices(Path(folder), sizes)
        for turn, (mine, theirs) in enumerate(zip(files[::2], files[1::2], strict=True)):
            ground.report(f"ingest: round {turn} of {sizes.rounds}")
            batches = prepare_batches(read_transactions(theirs), LAND_ROWS)
            with landing:
                await _import(services, mine, landed=sizes.landed)
            with bare:
                await asyncio.to_thread(send_batches, driver, batches)
        ground.report("ingest: replaying")
        for mine in files[::2]:
            with replaying:
                await _import(services, mine, landed=0)
    for watch in (landing, bare, replaying):
        del watch.times[0]
    rate = sizes.landed / landing.median
    each = f"{sizes.landed:,} transactions a round, median of {sizes.rounds}"
    return [
        times_faster(
            NAME,
            "landing without screening",
            landing.median,
            bare.median,
            0.7,
            note=f"{each}; ours {rate:,.0f} per s",
        ),
        times_faster(NAME, "replaying known keys, against landing", replaying.median, landing.median, 5, note=each),
    ]


def write_slices(folder: Path, sizes: Sizes) -> list[Path]:
    """Write consecutive slices of one simulation as files, two for the warm-up and two for each round."""
    count = 2 * (sizes.rounds + 1)
    columns = simulate_columns(sizes.seed, sizes.wallets, count * sizes.landed)
    paths = [folder / f"{number}.csv" for number in range(count)]
    for number, path in enumerate(paths):
        write_simulation(path, _slice(columns, number * sizes.landed, (number + 1) * sizes.landed))
    return paths


def _slice(columns: SimulatedColumns, first: int, last: int) -> SimulatedColumns:
    part = slice(first, last)
    return replace(
        columns,
        ids=columns.ids[part],
        at=columns.at[part],
        sender=columns.sender[part],
        receiver=columns.receiver[part],
        value=columns.value[part],
    )


def read_transactions(path: Path) -> list[Transaction]:
    """Every row of a file in canonical form."""
    now = datetime.now(UTC)
    found = []
    with open_transactions(path, network=NETWORK, asset=ASSET) as rows:
        for line, given in rows:
            if isinstance(given, InvalidInput):
                raise BenchError(f"line {line}: {given}")
            found.append(canonical_transaction(given, reference_currency=ASSET, now=now, max_future_s=0))
    return found


async def _import(services: Services, path: Path, *, landed: int) -> None:
    """Import a file; raises BenchError when another number than `landed` is new."""
    done = await import_transactions(
        services,
        path,
        network=NETWORK,
        asset=ASSET,
        mapping=None,
        screening=False,
        actor="bench",
        tell=unheard,
    )
    if done.landed != landed or done.rejected:
        raise BenchError(
            f"{path.name}: {done.landed:,} landed and {done.rejected:,} rejected, expected {landed:,} and 0"
        )


def unheard(_: ImportReport) -> None:
    """Nobody watches while time is taken."""
