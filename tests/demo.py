"""The demo's data, imported as a person would."""

from __future__ import annotations

import shutil
from pathlib import Path

from jobs.importing import ImportReport, import_transactions
from jobs.importing_attributions import AttributionReport, import_attributions
from jobs.services import Services

DATA = Path(__file__).parents[1] / "data" / "demo"
MAPPING = {"id": "id", "at": "timestamp", "sender": "sender", "receiver": "receiver", "amount": "amount_eth"}


async def import_demo(services: Services, folder: Path) -> tuple[ImportReport, AttributionReport]:
    """Import transfers and attributions, unscreened; the graph must count in ETH, and rejects go to `folder`."""
    for name in ("transfers.csv.gz", "attributions.csv"):
        shutil.copy(DATA / name, folder / name)
    transfers = await import_transactions(
        services,
        folder / "transfers.csv.gz",
        network="eth",
        asset="ETH",
        mapping=MAPPING,
        screening=False,
        actor="test",
        tell=quiet,
    )
    labels = await import_attributions(services, folder / "attributions.csv", actor="test", tell=quiet)
    return transfers, labels


def quiet(report: ImportReport | AttributionReport) -> None:
    """Say nothing while a file is read."""
    assert report.size
