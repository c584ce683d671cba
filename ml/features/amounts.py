"""How much: what a wallet pays and gets, how alike its amounts are, and how much of it stays."""

from __future__ import annotations

import numpy as np

from ml.features.context import Context
from ml.features.rows import UNKNOWN, Side, added, ratio
from ml.movements import Floats

MICRO = 1_000_000
# A payment this much smaller than the money it is paid from is a change of hands rather than a step of a chain.
PEEL_LEAST = 0.5


def value_out(context: Context) -> Floats:
    """All it paid, in units of the reference currency (logarithm of one more)."""
    return np.log1p(context.paid.total / MICRO)


def value_in(context: Context) -> Floats:
    """All it got, in units of the reference currency (logarithm of one more)."""
    return np.log1p(context.got.total / MICRO)


def value_in_share(context: Context) -> Floats:
    """What it got among all it paid and got: half where it passes everything on; -1 without movements."""
    return ratio(context.got.total, context.got.total + context.paid.total)


def value_kept(context: Context) -> Floats:
    """The difference between what it got and paid, among the greater of the two; -1 without movements."""
    into, out = context.got.total, context.paid.total
    return ratio(np.abs(into - out), np.maximum(into, out))


def mean_out(context: Context) -> Floats:
    """Its mean payment made (logarithm of one more unit); -1 if it made none."""
    return _logarithm(context.paid.mean(context.paid.values))


def mean_in(context: Context) -> Floats:
    """The mean payment it got (logarithm of one more unit); -1 if it got none."""
    return _logarithm(context.got.mean(context.got.values))


def median_out(context: Context) -> Floats:
    """Its median payment made (logarithm of one more unit); -1 if it made none."""
    return _logarithm(context.paid.median(context.paid.values))


def median_in(context: Context) -> Floats:
    """The median payment it got (logarithm of one more unit); -1 if it got none."""
    return _logarithm(context.got.median(context.got.values))


def largest_out(context: Context) -> Floats:
    """The largest payment it made (logarithm of one more unit); -1 if it made none."""
    return _logarithm(context.paid.largest(context.paid.values))


def largest_in(context: Context) -> Floats:
    """The largest payment it got (logarithm of one more unit); -1 if it got none."""
    return _logarithm(context.got.largest(context.got.values))


def least_out(context: Context) -> Floats:
    """The smallest payment it made (logarithm of one more unit); -1 if it made none."""
    return _logarithm(context.paid.least(context.paid.values))


def least_in(context: Context) -> Floats:
    """The smallest payment it got (logarithm of one more unit); -1 if it got none."""
    return _logarithm(context.got.least(context.got.values))


def spread_out(context: Context) -> Floats:
    """How unlike its payments made are: standard deviation of their logarithms; -1 for fewer than two."""
    return context.paid.deviation(np.log(context.paid.values))


def spread_in(context: Context) -> Floats:
    """How unlike the payments it got are: standard deviation of their logarithms; -1 for fewer than two."""
    return context.got.deviation(np.log(context.got.values))


def largest_out_share(context: Context) -> Floats:
    """The largest payment it made among all it paid; -1 if it made none."""
    return ratio(context.paid.largest(context.paid.values), context.paid.total)


def largest_in_share(context: Context) -> Floats:
    """The largest payment it got among all it got; -1 if it got none."""
    return ratio(context.got.largest(context.got.values), context.got.total)


def small_out(context: Context) -> Floats:
    """Payments made of less than a tenth of its largest, among all it made; -1 if it made none."""
    return _small(context.paid)


def small_in(context: Context) -> Floats:
    """Payments got of less than a tenth of the largest, among all it got; -1 if it got none."""
    return _small(context.got)


def round_out(context: Context) -> Floats:
    """Payments made of a round amount (one or two digits, then zeros), among all it made; -1 if it made none."""
    return _round(context.paid)


def round_in(context: Context) -> Floats:
    """Payments got of a round amount (one or two digits, then zeros), among all it got; -1 if it got none."""
    return _round(context.got)


def same_out(context: Context) -> Floats:
    """Payments made of an amount that it had paid already, among all it made; -1 if it made none."""
    return _same(context.paid)


def same_in(context: Context) -> Floats:
    """Payments got of an amount that it had got already, among all it got; -1 if it got none."""
    return _same(context.got)


def peel_steps(context: Context) -> Floats:
    """Payments of half or more, but not all, of what had come in last, among all it made; -1 if it made none.

    So a long chain of wallets hands on a sum from which each keeps or splits off a little.
    """
    events = context.events
    funds = np.where(events.funded_by >= 0, events.values[events.funded_by], np.inf) if len(events) else events.values
    part = events.values / funds
    return ratio(events.sum(events.pays & (part >= PEEL_LEAST) & (part < 1)), events.sum(events.pays))


def _logarithm(micro: Floats) -> Floats:
    return np.where(micro >= 0, np.log1p(np.maximum(micro, 0) / MICRO), UNKNOWN)


def _small(side: Side) -> Floats:
    return side.mean(side.values * 10 < side.largest(side.values)[side.owners])


def _round(side: Side) -> Floats:
    digits = 10.0 ** np.maximum(np.floor(np.log10(side.values)) - 1, 0)
    return side.mean((side.values % digits == 0) & (digits > 1))


def _same(side: Side) -> Floats:
    order = np.lexsort((side.values, side.owners))
    owners, values = side.owners[order], side.values[order]
    again = (np.diff(owners, prepend=-1) == 0) & (np.diff(values, prepend=-1) == 0)
    return ratio(added(owners, again, side.wallets), side.counts)


AMOUNTS = (
    value_out,
    value_in,
    value_in_share,
    value_kept,
    mean_out,
    mean_in,
    median_out,
    median_in,
    largest_out,
    largest_in,
    least_out,
    least_in,
    spread_out,
    spread_in,
    largest_out_share,
    largest_in_share,
    small_out,
    small_in,
    round_out,
    round_in,
    same_out,
    same_in,
    peel_steps,
)
