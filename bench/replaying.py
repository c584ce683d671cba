"""The demo's own payments in bulk: the earlier half is history, the later one is posted in the order it happened."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench.figures import Figure, Sizes
from bench.ground import Ground, serving
from bench.live import DEMO, MAPPING, load_demo
from bench.posting import post_bulk

HISTORY = 10_000
PARTS = 4


def split_demo(folder: Path) -> tuple[Path, list[bytes]]:
    """Write the first transfers as a file to import; return it, and the rest as bodies to post, in order of time."""
    with gzip.open(DEMO / "transfers.csv.gz", "rt", newline="") as given:
        rows = sorted(csv.DictReader(given), key=lambda row: int(row[MAPPING["at"]]))
    path = folder / "history.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(MAPPING.values()))
        writer.writeheader()
        writer.writerows(rows[:HISTORY])
    return path, [_body(row) for row in rows[HISTORY:]]


def _body(row: dict[str, str]) -> bytes:
    fields = {field: row[column] for field, column in MAPPING.items()}
    at = datetime.fromtimestamp(int(fields["at"]), UTC)
    return msgspec.json.encode(fields | {"at": at, "network": "eth", "asset": "ETH"})


async def replay_demo(ground: Ground, name: str, folder: Path, sizes: Sizes, target: int) -> Figure:
    """Post the later payments over HTTP in equal parts: the first warms up, the median of the others counts."""
    history, bodies = split_demo(folder)
    await load_demo(ground.services, ground.report, history)
    size = min(len(bodies) // PARTS, 5 * sizes.asked)
    ground.report(f"{name}: the demo's own payments")
    async with serving(ground) as (host, port):
        rates = [await post_bulk(host, port, bodies[part * size : (part + 1) * size]) for part in range(PARTS)]
    rate = sorted(rates[1:])[(PARTS - 1) // 2]
    return Figure(
        bench=name,
        name="bulk screening over HTTP, the demo's own payments",
        ours=rate,
        unit="per s",
        target=f"at least {target:,} per s",
        met=rate >= target,
        note=f"{size:,} lines each after {HISTORY:,} as history, median of {PARTS - 1};"
        f" {', '.join(f'{one:,.0f}' for one in rates)} in order",
    )
