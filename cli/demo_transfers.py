"""The demo's transfers: all but the newest are history; each of those is a payment, and decided."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory

PAYMENTS = 400


@contextmanager
def in_two_parts(file: Path) -> Iterator[tuple[Path, Path]]:
    """Yield copies of a CSV file in order of time: without its last rows, and only with them; both have the head."""
    with gzip.open(file, "rt") as given:
        head, *rows = given
    with TemporaryDirectory(prefix="headwater-demo-") as folder:
        history, payments = Path(folder) / "transfers.csv", Path(folder) / "payments.csv"
        for path, part in ((history, islice(rows, len(rows) - PAYMENTS)), (payments, rows[-PAYMENTS:])):
            path.write_text("".join(chain([head], part)))
        yield history, payments
