"""Methods that respect time over a simulated million transfers, against the same in pure Python, side by side."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

import numpy as np

from bench.figures import Figure, Sizes, Watch, times_faster
from bench.ground import BenchError, Ground
from graph.batch import Integers
from graph.methods.ground import Met, lay_ground
from graph.methods.sides import kinds_of
from graph.methods.tracing import TimedMethod, trace_transfers
from graph.transfers import Rows, Transfers
from jobs.simulation import simulate_columns

NAME = "methods"
TARGETS: dict[TimedMethod, float] = {"time_ordered_haircut": 100.0, "fifo": 20.0}
Received = dict[int, dict[tuple[int, int], float]]
NOWHERE = -1
# A reference takes as long as this many rounds of ours and more.
ROUNDS = 5
InPython = Callable[[list[tuple[int, int, int]], list[int], int], Received]


async def measure_methods(ground: Ground, sizes: Sizes) -> list[Figure]:
    """Trace what every wallet received: first compile, then in turn, and compare every number."""
    transfers = _simulated(sizes)
    kinds, _ = kinds_of(transfers.categories, ground.services.taxonomy)
    rows = list(zip(*(one.tolist() for one in (transfers.payers, transfers.payees, transfers.values)), strict=True))
    slow: dict[TimedMethod, Callable[..., Received]] = {
        "time_ordered_haircut": haircut_in_python,
        "fifo": fifo_in_python,
    }
    figures = []
    for method, in_python in slow.items():
        ground.report(f"{NAME}: {method}")
        compiling, ours, reference = Watch(), Watch(), Watch()
        with compiling:
            _traced(transfers, kinds, method, sizes.hops)
        for _ in range(ROUNDS * sizes.rounds):
            with ours:
                met = _traced(transfers, kinds, method, sizes.hops)
        with reference:
            received = in_python(rows, kinds.tolist(), sizes.hops)
        _compare(met, received, len(transfers.keys))
        note = (
            f"{len(rows):,} transfers of {len(kinds):,} wallets, {sizes.hops} hops, seed {sizes.seed}; reference: pure"
            f" Python over lists, with the same numbers; the first call took {compiling.median:.1f} s, with compiling"
        )
        figures.append(times_faster(NAME, method, ours.median, reference.median, TARGETS[method], note=note))
    return figures


def haircut_in_python(rows: list[tuple[int, int, int]], kinds: list[int], hops: int) -> Received:
    """The time-ordered haircut as one would write it: a dict of micro-units by kind and hop for each wallet."""
    held: dict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    balances: dict[int, int] = defaultdict(int)
    received: Received = defaultdict(lambda: defaultdict(float))
    for payer, payee, value in rows:
        moved: dict[tuple[int, int], float] = {}
        if kinds[payer] >= 0:
            moved[kinds[payer], 1] = value
        else:
            balance = balances[payer]
            taken = min(value, balance)
            part = taken / balance if balance else 0.0
            holding = held[payer]
            for name, units in holding.items():
                out = units * part
                further = _further(name, hops)
                moved[further] = moved.get(further, 0.0) + out
            if part == 1.0:
                holding.clear()
            else:
                for name in holding:
                    holding[name] *= 1.0 - part
            balances[payer] = balance - taken
            if value > taken:
                end = _further((NOWHERE, 1), hops)
                moved[end] = moved.get(end, 0.0) + value - taken
        into = received[payee]
        for name, units in moved.items():
            into[name] += units
        if kinds[payee] < 0:
            balances[payee] += value
            holding = held[payee]
            for name, units in moved.items():
                holding[name] = holding.get(name, 0.0) + units
    return received


def fifo_in_python(rows: list[tuple[int, int, int]], kinds: list[int], hops: int) -> Received:
    """FIFO as one would write it: a deque of parcels for each wallet."""
    held: dict[int, deque[list[int]]] = defaultdict(deque)
    received: Received = defaultdict(lambda: defaultdict(float))
    for payer, payee, value in rows:
        moved: list[list[int]] = []
        left = value
        if kinds[payer] >= 0:
            moved.append([value, kinds[payer], 1])
            left = 0
        parcels = held[payer]
        while left and parcels:
            size, kind, hop = parcels[0]
            out = min(left, size)
            left -= out
            if out == size:
                parcels.popleft()
            else:
                parcels[0][0] = size - out
            moved.append([out, *_further((kind, hop), hops)])
        if left:
            moved.append([left, *_further((NOWHERE, 1), hops)])
        into = received[payee]
        for size, kind, hop in moved:
            into[kind, hop] += size
        if kinds[payee] < 0:
            queue = held[payee]
            for parcel in moved:
                if queue and queue[-1][1:] == parcel[1:]:
                    queue[-1][0] += parcel[0]
                else:
                    queue.append(parcel)
    return received


def _further(name: tuple[int, int], hops: int) -> tuple[int, int]:
    kind, hop = name
    return (kind, hop + 1) if hop < hops else (NOWHERE, hops + 1)


def _simulated(sizes: Sizes) -> Transfers:
    drawn = simulate_columns(sizes.seed, sizes.wallets, sizes.transactions)
    order = np.argsort(drawn.addresses)
    places = np.empty(len(order), np.int32)
    places[order] = np.arange(len(order))
    count = len(drawn.value)
    rows = Rows(
        [drawn.addresses[place] for place in order],
        places[drawn.sender],
        places[drawn.receiver],
        np.maximum(1, drawn.value),
        drawn.at,
        np.arange(count),
        np.zeros(count, np.int64),
    )
    return rows.ordered(dict(zip(drawn.addresses, drawn.category, strict=True)))


def _traced(transfers: Transfers, kinds: Integers, method: TimedMethod, hops: int) -> Met:
    return trace_transfers(lay_ground(transfers, kinds, direction="source", hops=hops, compiled=True), method)


def _compare(met: Met, received: Received, wallets: int) -> None:
    """Every wallet has the same from every kind at every hop."""
    hops = met.end.shape[1]
    expected = {kind: np.zeros((wallets, hops + 1)) for kind in range(NOWHERE, len(met.kinds))}
    for wallet, parts in received.items():
        for (kind, hop), units in parts.items():
            expected[kind][wallet, hop - 1] += units
    for kind, there in enumerate((met.end, *met.kinds), start=NOWHERE):
        apart = np.abs(there - expected[kind][:, :hops]).max(axis=1) / np.maximum(1, met.totals)
        if not (apart < 1e-9).all():
            raise BenchError(f"{(apart >= 1e-9).sum():,} of {wallets:,} wallets differ, by {apart.max():.3g} at most")
