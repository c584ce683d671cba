"""Labelled patterns of money laundering, planted into a simulated graph: instances, and near misses that are none.

Each instance has its own wallets, half of them from the graph with payments of their own, and some noise besides. A
near miss lacks one thing: a party, the order, the time, the amount. The same seed plants the same.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from graph.model import MICRO
from jobs.simulation import START, YEAR_S, SimulatedColumns, hexadecimal

HOUR, DAY = 3_600, 86_400
# The longest pattern, with room to spare, ends within the year.
LONGEST_S = 15 * DAY
SHARE_KNOWN = 0.5
BUSIEST = 0.1
NOISE = 3
COLUMNS = ("typology", "instance", "planted", "transaction", "transactions", "wallets")

Random = np.random.Generator


@dataclass(frozen=True)
class Step:
    """One payment of a drawing: wallets by name, seconds since its begin, whole units."""

    after_s: float
    payer: str
    payee: str
    units: float


Draw = Callable[[Random, int], list[Step]]


@dataclass(frozen=True)
class Planted:
    """One instance, or a near miss. `completing` is the last of its `transactions`, by id; `wallets` are addresses."""

    typology: str
    instance: int
    is_near_miss: bool
    completing: str
    transactions: tuple[str, ...]
    wallets: tuple[str, ...]


def plant_typologies(columns: SimulatedColumns, seed: int, count: int) -> tuple[SimulatedColumns, list[Planted]]:
    """Add `count` instances of each typology and half as many near misses of each, rounded up.

    Raises ValueError when the graph has too few wallets.
    """
    ground = _Ground(columns, np.random.default_rng([seed, count]))
    planted = []
    for typology, (draw, near) in TYPOLOGIES.items():
        for instance in range(count):
            planted.append(ground.plant(typology, instance, draw(ground.random, instance), is_near_miss=False))
        for instance in range((count + 1) // 2):
            planted.append(ground.plant(typology, instance, near(ground.random, instance), is_near_miss=True))
    return ground.columns(), planted


def write_typologies(path: Path, planted: list[Planted]) -> Path:
    """Write what was planted beside the transactions at `path`; returns the file written."""
    beside = typologies_path(path)
    with beside.open("w", encoding="utf-8", newline="") as output:
        rows = csv.writer(output, lineterminator="\n")
        rows.writerow(COLUMNS)
        for one in planted:
            kind = "near_miss" if one.is_near_miss else "instance"
            lists = (" ".join(one.transactions), " ".join(one.wallets))
            rows.writerow([one.typology, one.instance, kind, one.completing, *lists])
    return beside


def typologies_path(path: Path) -> Path:
    """`NAME.typologies.csv` beside `NAME.csv` or `NAME.csv.gz`."""
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".csv") + ".typologies.csv")


class _Ground:
    """The graph that is planted into, with the wallets that may still be taken."""

    def __init__(self, columns: SimulatedColumns, random: Random) -> None:
        self.random = random
        self._columns = columns
        self._addresses, self._category = list(columns.addresses), list(columns.category)
        quiet = range(int(len(columns.addresses) * BUSIEST), len(columns.addresses))
        self._free = random.permutation([place for place in quiet if not columns.category[place]]).tolist()
        self._ids: list[str] = []
        self._rows: list[tuple[int, int, int, int]] = []

    def plant(self, typology: str, instance: int, steps: list[Step], *, is_near_miss: bool) -> Planted:
        """Give the drawing wallets and a time, add noise, and keep its payments."""
        begin = int(self.random.integers(0, YEAR_S - LONGEST_S))
        places = {name: self._wallet(name) for step in steps for name in (step.payer, step.payee)}
        ordered = sorted(steps, key=lambda step: step.after_s)
        ids = [self._pay(begin + step.after_s, places[step.payer], places[step.payee], step.units) for step in ordered]
        self._noise(begin, ordered, places)
        wallets = tuple(self._addresses[place] for place in places.values())
        return Planted(typology, instance, is_near_miss, ids[-1], tuple(ids), wallets)

    def columns(self) -> SimulatedColumns:
        """The graph with all that was planted, in the order of time."""
        given = self._columns
        rows = np.asarray(self._rows, dtype=np.int64).reshape(-1, 4)
        at = np.concatenate([given.at, rows[:, 0]])
        order = np.argsort(at, kind="stable")
        ids = [*given.ids, *self._ids]
        return replace(
            given,
            addresses=self._addresses,
            category=self._category,
            ids=[ids[place] for place in order.tolist()],
            at=at[order],
            sender=np.concatenate([given.sender, rows[:, 1]])[order],
            receiver=np.concatenate([given.receiver, rows[:, 2]])[order],
            value=np.concatenate([given.value, rows[:, 3]])[order],
        )

    def _wallet(self, name: str) -> int:
        """A wallet nobody else has; `mixer` and `exchange` are new ones of that category."""
        if name not in ("mixer", "exchange") and self.random.random() < SHARE_KNOWN:
            if not self._free:
                raise ValueError("there are too few wallets for so many typologies; simulate more of them")
            return int(self._free.pop())
        self._addresses += hexadecimal(self.random, 1, 20)
        self._category.append(name if name in ("mixer", "exchange") else "")
        return len(self._addresses) - 1

    def _pay(self, after_s: float, payer: int, payee: int, units: float) -> str:
        self._ids += hexadecimal(self.random, 1, 32)
        at = int(START.astype(np.int64)) + int(after_s)
        self._rows.append((at, payer, payee, max(1, int(units * MICRO))))
        return self._ids[-1]

    def _noise(self, begin: int, steps: list[Step], places: Mapping[str, int]) -> None:
        """A few payments of the parties to or from anybody, while the pattern lasts, like those of the graph."""
        known = list(places.values())
        for _ in range(int(self.random.integers(0, NOISE + 1))):
            party, other = (
                known[self.random.integers(len(known))],
                int(self.random.integers(len(self._columns.addresses))),
            )
            if party == other or other in known:
                continue
            pair = (party, other) if self.random.random() < 0.5 else (other, party)
            after = begin + self.random.uniform(0, steps[-1].after_s)
            self._pay(after, *pair, units=min(1e9, float(self.random.lognormal(4.0, 2.0))))


def _units(random: Random) -> float:
    return float(np.clip(random.lognormal(8.5, 0.7), 1_500, 100_000))


def _about(random: Random, units: float, spread: float = 0.1) -> float:
    return units * float(random.uniform(1 - spread, 1 + spread))


def _fan(random: Random, parties: int, span_s: float, spread: float = 0.1) -> list[tuple[float, float]]:
    """Times and amounts of payments that many wallets make or get."""
    units = _units(random) / 5
    return [(float(after), _about(random, units, spread)) for after in sorted(random.uniform(0, span_s, parties))]


def _fan_in(random: Random, _: int) -> list[Step]:
    parties = int(random.integers(8, 15))
    return [Step(after, f"p{i}", "hub", units) for i, (after, units) in enumerate(_fan(random, parties, 20 * HOUR))]


def _almost_fan(random: Random, instance: int) -> list[tuple[float, float]]:
    """Too few, or spread over a week, or of amounts that differ by orders of magnitude."""
    if instance % 3 == 0:
        return _fan(random, 7, 20 * HOUR)
    if instance % 3 == 1:
        return [(day * 1.2 * DAY, units) for day, (_, units) in enumerate(_fan(random, 10, DAY))]
    return [(after, units * 4.0 ** (i % 4)) for i, (after, units) in enumerate(_fan(random, 10, 20 * HOUR))]


def _near_fan_in(random: Random, instance: int) -> list[Step]:
    return [Step(after, f"p{i}", "hub", units) for i, (after, units) in enumerate(_almost_fan(random, instance))]


def _fan_out(random: Random, _: int) -> list[Step]:
    parties = int(random.integers(8, 15))
    return [Step(after, "hub", f"p{i}", units) for i, (after, units) in enumerate(_fan(random, parties, 20 * HOUR))]


def _near_fan_out(random: Random, instance: int) -> list[Step]:
    return [Step(after, "hub", f"p{i}", units) for i, (after, units) in enumerate(_almost_fan(random, instance))]


def _round_trip(random: Random, hops: int) -> list[Step]:
    """Money that goes round over so many payments, each a little less, the last within a day of the one before."""
    steps, units, after = [], _units(random), 0.0
    for hop in range(hops):
        steps.append(Step(after, f"w{hop}", f"w{(hop + 1) % hops}", units))
        units *= float(random.uniform(0.95, 0.995))
        after += float(random.uniform(HOUR, (20 if hop == hops - 2 else 40) * HOUR))
    return steps


def _cycle(random: Random, _: int) -> list[Step]:
    return _round_trip(random, int(random.integers(2, 5)))


def _near_cycle(random: Random, instance: int) -> list[Step]:
    """Half stays behind, or one payment too many, or two of them out of order."""
    if instance % 3 == 0:
        *steps, last = _round_trip(random, 3)
        return [*steps, replace(last, units=last.units * 0.4)]
    if instance % 3 == 1:
        return _round_trip(random, 5)
    first, second, third, fourth = _round_trip(random, 4)
    return [first, replace(second, after_s=third.after_s), replace(third, after_s=second.after_s), fourth]


def _spread(random: Random, parties: int, *, sources: int = 1, times: float = 1.0) -> list[Step]:
    """What one wallet, or several, scatter over some and those pass on to one."""
    units = _units(random)
    steps = []
    for i in range(parties):
        part = _about(random, units, 0.15)
        steps.append(Step(float(random.uniform(0, 12 * HOUR)), f"source{i % sources}", f"m{i}", part))
        after = float(random.uniform(14 * HOUR, 34 * HOUR))
        steps.append(Step(after, f"m{i}", "goal", part * float(random.uniform(0.9, 0.99)) * times))
    return steps


def _scatter_gather(random: Random, _: int) -> list[Step]:
    return _spread(random, int(random.integers(4, 8)))


def _near_scatter_gather(random: Random, instance: int) -> list[Step]:
    """One wallet too few, or each paid by another, or passing on twice what they got."""
    if instance % 3 == 0:
        return _spread(random, 3)
    return _spread(random, 5, sources=5) if instance % 3 == 1 else _spread(random, 5, times=2.0)


def _chain(random: Random, hops: int, *, late: int | None = None, peels: bool = True) -> list[Step]:
    """A sum handed on over so many payments, with something peeled off at each wallet between."""
    steps, units, after = [], _units(random) * 3, 0.0
    for hop in range(hops):
        steps.append(Step(after, f"w{hop}", f"w{hop + 1}", units))
        kept = units * float(random.uniform(0.85, 0.96))
        gap = float(random.uniform(2 * HOUR, 20 * HOUR)) + (2 * DAY if hop == late else 0)
        if peels and hop < hops - 1:
            steps.append(
                Step(after + gap * float(random.uniform(0.2, 0.9)), f"w{hop + 1}", f"x{hop}", (units - kept) * 0.9)
            )
        units, after = kept, after + gap
    return steps


def _peel_chain(random: Random, _: int) -> list[Step]:
    return _chain(random, int(random.integers(4, 8)))


def _near_peel_chain(random: Random, instance: int) -> list[Step]:
    """One step too few, or one that came days late, or nothing peeled off."""
    if instance % 3 == 0:
        return _chain(random, 3)
    return _chain(random, 5, late=2) if instance % 3 == 1 else _chain(random, 5, peels=False)


def _out_of(random: Random, first: str, hops: int, *, gap_s: float = 20 * HOUR, share: float = 1.0) -> list[Step]:
    """Money from `first` that is passed on over so many payments; it gave `share` of what goes on."""
    units = _units(random)
    steps = [Step(0.0, first, "w0", units * share)]
    after = 0.0
    for hop in range(hops):
        after += float(random.uniform(HOUR, gap_s))
        steps.append(Step(after, f"w{hop}", f"w{hop + 1}", units * float(random.uniform(0.85, 0.99))))
    return steps


def _mixer_exit(random: Random, _: int) -> list[Step]:
    return _out_of(random, "mixer", int(random.integers(1, 3)))


def _near_mixer_exit(random: Random, instance: int) -> list[Step]:
    """An exchange in place of the mixer, or a mixer that gave only a tenth, or days before."""
    if instance % 3 == 0:
        return _out_of(random, "exchange", 2)
    if instance % 3 == 1:
        return _out_of(random, "mixer", 1, share=0.1)
    first, then = _out_of(random, "mixer", 1)
    return [first, replace(then, after_s=4 * DAY)]


# How an instance is drawn, and a near miss.
TYPOLOGIES: Mapping[str, tuple[Draw, Draw]] = {
    "fan_in": (_fan_in, _near_fan_in),
    "fan_out": (_fan_out, _near_fan_out),
    "cycle": (_cycle, _near_cycle),
    "scatter_gather": (_scatter_gather, _near_scatter_gather),
    "peel_chain": (_peel_chain, _near_peel_chain),
    "mixer_exit": (_mixer_exit, _near_mixer_exit),
}
