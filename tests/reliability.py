"""What the long tests found, in numbers: one row each in `reports/reliability.json`, whoever runs them side by side."""

from __future__ import annotations

import fcntl
import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import psutil

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "reports" / "reliability.json"


def record(name: str, *, file: Path = FILE, **figures: Any) -> None:
    """Add a row, or put it in the place of an earlier one of that name: figures, commit, machine and time.

    By custom `n` is how many were tried, `failures` how many of them failed, `p50` and `p99` are seconds.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = msgspec.json.decode(file.read_bytes()) if file.exists() else []
        row = {"name": name, **figures, "commit": commit(), "machine": machine(), "at": datetime.now(UTC)}
        kept = [one for one in rows if one["name"] != name]
        aside = file.with_suffix(".new")
        aside.write_bytes(msgspec.json.format(msgspec.json.encode([*kept, row]), indent=2))
        aside.replace(file)


def percentile(values: list[float], part: float) -> float | None:
    """The value that `part` of all do not exceed; None of none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else None


@cache
def commit() -> str:
    """The commit that was tried, with a `+` if files differ from it; empty outside a repository."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


@cache
def machine() -> dict[str, Any]:
    """What it was tried on."""
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "processor": platform.processor() or platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
