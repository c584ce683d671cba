"""The search for money that goes round: every ring of two to five wallets, over flows and over payments in order.

Compiled when first called, which takes seconds; nothing is kept on disk. Memory is a few numbers per wallet and per
movement, whatever is found. Two bounds keep the time proportional to the graph: no ring is followed through a wallet
that is not open (it deals with so many that it closes rings by chance), and what is begun at one wallet or payment
ends after MOST_STEPS steps.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.movements import Floats, Integers

MOST_STEPS = 500_000

Flags = NDArray[np.bool_]
Ways = tuple[Integers, Integers, Integers, Integers]
Payments = tuple[Integers, Integers, Floats, Integers, Floats]
Found = tuple[Floats, Floats, Floats, Floats, Floats, Flags]


@njit(nogil=True)
def each_ring(flows: Ways, is_open: Flags, way: Integers, taken: Integers) -> Iterator[int]:
    """Yield the length of each ring of two to `len(way)` flows, once, from its first wallet.

    `flows` are starts and targets, and starts and sources of the same flows the other way: those of wallet w go to
    `targets[starts[w] : starts[w + 1]]`, ascending. The wallets of the ring are then in `way`, its flows in `taken`.
    """
    starts, targets, back_starts, sources = flows
    wallets, longest = len(starts) - 1, len(way)
    on_way, pays = np.zeros(wallets, np.bool_), np.full(wallets, -1, np.int64)
    cursor = np.zeros(longest, np.int64)
    for first in range(wallets):
        if not is_open[first]:
            continue
        for at in range(back_starts[first], back_starts[first + 1]):
            pays[sources[at]] = first
        way[0], cursor[0], depth, steps = first, starts[first], 0, 0
        while depth >= 0:
            here, flow = way[depth], cursor[depth]
            if flow >= starts[here + 1] or steps > MOST_STEPS:
                on_way[here] = False
                depth -= 1
                continue
            cursor[depth] += 1
            steps += 1
            there = targets[flow]
            if there <= first or not is_open[there] or on_way[there]:
                continue
            # the way is of depth + 2 wallets now
            taken[depth], way[depth + 1] = flow, there
            low, high = starts[there], starts[there + 1]
            if pays[there] == first:
                taken[depth + 1] = low + np.searchsorted(targets[low:high], first)
                yield depth + 2
            if depth + 2 < longest:
                depth += 1
                # flows to wallets before the first cannot be part of a ring that begins with it
                on_way[there], cursor[depth] = True, low + np.searchsorted(targets[low:high], first)


@njit(nogil=True)
def find_rings(flows: Ways, weights: Floats, is_open: Flags, shortest: int, longest: int) -> tuple[Floats, Floats]:
    """Find each ring of `shortest` to `longest` flows; `flows` as `each_ring` takes them, with a weight each.

    Returns how many rings go through each wallet by length from two on, (wallets, longest - 1), and of each flow, the
    sum over its rings of the product of the weights of their flows.
    """
    counts, products = np.zeros((len(flows[0]) - 1, longest - 1)), np.zeros(len(weights))
    way, taken = np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    for length in each_ring(flows, is_open, way, taken):
        if length < shortest:
            continue
        product = 1.0
        for i in range(length):
            product *= weights[taken[i]]
        for i in range(length):
            counts[way[i], length - 2] += 1
            products[taken[i]] += product
    return counts, products


@njit(nogil=True)
def find_timed_rings(payments: Payments, is_open: Flags, longest: int, window: int) -> Found:
    """Follow payments that are each no earlier than the one before, until the first payer is paid, within `window`.

    `payments` are starts, payees, values, times and how far each value is from what its payer usually pays; those of
    wallet w are rows `starts[w] : starts[w + 1]`, in order of time. Returns per wallet: rings by length from two on,
    how many of them lose less than a fifth at each payment, the shortest span, the best ratio of least to largest
    value, the largest mean distance from the usual (-1 without a ring); and of each payment, whether it is part of a
    ring that loses little.
    """
    starts, payees, _, times, _ = payments
    wallets = len(starts) - 1
    counts, steady = np.zeros((wallets, longest - 1)), np.zeros(wallets)
    spans, ratios, oddest = np.full(wallets, -1.0), np.full(wallets, -1.0), np.full(wallets, -1.0)
    part_of = np.zeros(len(payees), np.bool_)
    found = counts, steady, spans, ratios, oddest, part_of
    on_way = np.zeros(wallets, np.bool_)
    way, cursor, paid = np.zeros(longest, np.int64), np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    for first in range(wallets):
        if not is_open[first]:
            continue
        for begin in range(starts[first], starts[first + 1]):
            second = payees[begin]
            if not is_open[second]:
                continue
            last = times[begin] + window
            way[0], way[1], paid[0], depth, steps = first, second, begin, 1, 0
            on_way[second] = True
            cursor[1] = starts[second] + np.searchsorted(times[starts[second] : starts[second + 1]], times[begin])
            while depth > 0:
                here = way[depth]
                at = cursor[depth]
                if at >= starts[here + 1] or times[at] > last or steps > MOST_STEPS:
                    on_way[here] = False
                    depth -= 1
                    continue
                cursor[depth] += 1
                steps += 1
                there = payees[at]
                paid[depth] = at
                if there == first:
                    # payments at one time have no order: such a ring is told by its first wallet, once
                    if times[at] == times[begin] and way[1 : depth + 1].min() < first:
                        continue
                    _note(way, paid, depth + 1, payments, found)
                elif depth < longest - 1 and is_open[there] and not on_way[there]:
                    depth += 1
                    way[depth], on_way[there] = there, True
                    low = starts[there]
                    cursor[depth] = low + np.searchsorted(times[low : starts[there + 1]], times[at])
    return found


@njit(nogil=True)
def _note(way: Integers, paid: Integers, length: int, payments: Payments, found: Found) -> None:
    """Tell every wallet of a ring of it."""
    _, _, values, times, unusual = payments
    counts, steady, spans, ratios, oddest, part_of = found
    least, most, odd, holds = values[paid[0]], values[paid[0]], 0.0, True
    for i in range(length):
        value = values[paid[i]]
        least, most, odd = min(least, value), max(most, value), odd + unusual[paid[i]]
        if i and not 0.8 * values[paid[i - 1]] <= value <= values[paid[i - 1]]:
            holds = False
    span, ratio, odd = float(times[paid[length - 1]] - times[paid[0]]), least / most, odd / length
    for i in range(length):
        wallet = way[i]
        counts[wallet, length - 2] += 1
        steady[wallet] += holds
        part_of[paid[i]] |= holds
        ratios[wallet], oddest[wallet] = max(ratios[wallet], ratio), max(oddest[wallet], odd)
        if spans[wallet] < 0 or span < spans[wallet]:
            spans[wallet] = span
