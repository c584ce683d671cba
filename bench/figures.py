"""What a benchmark reports: one Figure a line, with what it is measured against and whether it is met."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Literal

from msgspec import Struct

Report = Callable[[str], None]


class Sizes(Struct, frozen=True, kw_only=True):
    """How much is measured. The defaults are those of the targets; smaller ones only show that it works."""

    wallets: int = 200_000
    transactions: int = 1_000_000
    landed: int = 20_000
    rounds: int = 3
    asked: int = 1_000
    decisions: int = 1_000_000
    sample: int = 200
    seed: int = 1
    hops: int = 3


class Figure(Struct, frozen=True, kw_only=True):
    """One measured line. `ours` and `reference` are in `unit`; `met` is None where there is no target."""

    bench: str
    name: str
    ours: float
    unit: Literal["s", "ms", "per s", "MiB", "KiB", "share"]
    reference: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    note: str = ""


def times_faster(bench: str, name: str, ours_s: float, reference_s: float, target: float, *, note: str = "") -> Figure:
    """Both in seconds for the same work; met when ours is at least `target` times as fast."""
    ratio = reference_s / ours_s
    return Figure(
        bench=bench,
        name=name,
        ours=ours_s,
        unit="s",
        reference=reference_s,
        ratio=ratio,
        target=f"at least {target:g} x as fast",
        met=ratio >= target,
        note=note,
    )


def times_as_long(bench: str, name: str, ours_s: float, reference_s: float, target: float, *, note: str = "") -> Figure:
    """Both in seconds, shown in milliseconds; met when ours takes at most `target` times as long."""
    ratio = ours_s / reference_s
    return Figure(
        bench=bench,
        name=name,
        ours=ours_s * 1000,
        unit="ms",
        reference=reference_s * 1000,
        ratio=ratio,
        target=f"at most {target:g} x as long",
        met=ratio <= target,
        note=note,
    )


def within(bench: str, name: str, ours_s: float, limit_s: float, *, note: str = "") -> Figure:
    """Met when `ours_s` is at most `limit_s` seconds."""
    return Figure(
        bench=bench,
        name=name,
        ours=ours_s,
        unit="s",
        target=f"at most {limit_s:g} s",
        met=ours_s <= limit_s,
        note=note,
    )


def quantile(times: list[float], part: float) -> float:
    """The smallest time that `part` of all `times` do not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Watch:
    """Collects the seconds of repeated runs: `with watch: ...`; `median` is what is reported."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._started = 0.0

    def __enter__(self) -> Watch:
        self._started = perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.times.append(perf_counter() - self._started)

    @property
    def median(self) -> float:
        """Median seconds of the runs so far."""
        return median(self.times)
