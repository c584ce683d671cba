"""How the figures are shown: a table for people, JSON for machines."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import psutil
from rich.table import Table

from bench.figures import Figure, Sizes

FILE = Path("reports") / "bench.json"
_DIGITS = {"s": 2, "ms": 2, "per s": 0, "MiB": 0, "KiB": 1, "share": 3}


def table(figures: Sequence[Figure]) -> Table:
    """One line per figure, one section per benchmark."""
    shown = Table(title="Headwater benchmark", title_justify="left")
    shown.add_column("what", overflow="fold")
    for heading in ("ours", "reference", "ratio"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("target", overflow="fold")
    shown.add_column("met", no_wrap=True)
    for _, group in groupby(figures, key=lambda figure: figure.bench):
        shown.add_section()
        for figure in group:
            shown.add_row(*_cells(figure))
    return shown


def _cells(figure: Figure) -> list[str]:
    return [
        f"{figure.bench}: {figure.name}",
        _amount(figure.ours, figure.unit),
        _amount(figure.reference, figure.unit),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        figure.target,
        {True: "[green]yes[/]", False: "[bold red]NO[/]", None: ""}[figure.met],
    ]


def notes(figures: Sequence[Figure]) -> list[str]:
    """How each figure was measured, where that is not plain."""
    return [f"{figure.bench}: {figure.name}: {figure.note}" for figure in figures if figure.note]


def verdict(figures: Sequence[Figure]) -> str:
    """One sentence that says plainly which targets were missed."""
    judged = [figure for figure in figures if figure.met is not None]
    missed = [f"{figure.bench}: {figure.name}" for figure in judged if not figure.met]
    if not missed:
        return f"All {len(judged)} targets are met."
    return f"{len(missed)} of {len(judged)} targets are MISSED: " + "; ".join(missed) + "."


def write_report(figures: Sequence[Figure], sizes: Sizes, path: Path = FILE) -> None:
    """Write the machine-readable copy, with what it was measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"at": datetime.now(UTC), "machine": machine(), "sizes": sizes, "figures": list(figures)}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n")


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "memory_mib": psutil.virtual_memory().total >> 20,
        "load_average": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _amount(number: float | None, unit: str) -> str:
    return "" if number is None else f"{number:,.{_DIGITS[unit]}f} {unit}"
