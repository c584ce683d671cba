"""When: how regular a wallet is, how fast money leaves it again, and at what hours."""

from __future__ import annotations

import numpy as np

from ml.features.context import Context
from ml.features.rows import UNKNOWN, Rows, ratio
from ml.movements import Floats

DAY_S = 86_400
NIGHT_ENDS_S = 6 * 3_600
# The first of January 1970 was a Thursday: three days after a Monday.
MONDAY = 3


def active_span(context: Context) -> Floats:
    """Seconds from its first to its last transaction (logarithm of one more); -1 without any."""
    events = context.events
    span = events.largest(events.times) - events.least(events.times)
    return np.where(events.counts > 0, np.log1p(span), UNKNOWN)


def gap_mean(context: Context) -> Floats:
    """Mean seconds between its transactions (logarithm of one more); -1 for fewer than two."""
    return _logarithm(context.events.gaps.mean(context.events.gap_s))


def gap_deviation(context: Context) -> Floats:
    """Standard deviation of the seconds between its transactions (logarithm of one more); -1 for fewer than three."""
    return _logarithm(context.events.gaps.deviation(context.events.gap_s))


def gap_least(context: Context) -> Floats:
    """The fewest seconds between two of its transactions (logarithm of one more); -1 for fewer than two."""
    return _logarithm(context.events.gaps.least(context.events.gap_s))


def gap_median(context: Context) -> Floats:
    """Median seconds between its transactions (logarithm of one more); -1 for fewer than two."""
    return _logarithm(context.events.gaps.median(context.events.gap_s))


def burstiness(context: Context) -> Floats:
    """How its transactions bunch: 0 like clockwork, 0.5 at random, 1 in bursts; -1 for fewer than three.

    After Goh and Barabási, (deviation - mean) / (deviation + mean) of the gaps, brought from -1..1 to 0..1; -1 also
    where all are of one instant.
    """
    gaps, gap_s = context.events.gaps, context.events.gap_s
    mean, deviation = gaps.mean(gap_s), gaps.deviation(gap_s)
    return np.where(deviation >= 0, ratio(deviation, deviation + mean), UNKNOWN)


def busiest_day(context: Context) -> Floats:
    """The most transactions within 24 hours, among all it has; -1 without any."""
    events = context.events
    return ratio(events.largest(events.within(DAY_S)), events.counts)


def busiest_hour(context: Context) -> Floats:
    """The most transactions within one hour (logarithm of one more); 0 without any."""
    events = context.events
    return np.log1p(np.maximum(events.largest(events.within(3_600)), 0))


def active_days(context: Context) -> Floats:
    """On how many days (UTC) it had a transaction, among its transactions; -1 without any."""
    events = context.events
    days = events.times // DAY_S
    return events.mean(events.begins | (np.diff(days, prepend=0) != 0))


def dwell_mean(context: Context) -> Floats:
    """Mean seconds from the last payment in to the next out (logarithm of one more); -1 if it never paid from one."""
    rows, dwell_s = _dwell(context)
    return _logarithm(rows.mean(dwell_s))


def dwell_least(context: Context) -> Floats:
    """The fewest seconds from a payment in to one out (logarithm of one more); -1 if it never paid from one."""
    rows, dwell_s = _dwell(context)
    return _logarithm(rows.least(dwell_s))


def paid_within_a_day(context: Context) -> Floats:
    """What it paid within 24 hours of money coming in, among all it paid; -1 if it paid nothing."""
    events = context.events
    if not len(events):
        return np.full(context.wallets, UNKNOWN)
    soon = events.pays & (events.funded_by >= 0) & (events.times - events.times[events.funded_by] <= DAY_S)
    return ratio(events.sum(events.values * soon), events.sum(events.values * events.pays))


def turns(context: Context) -> Floats:
    """How often paying follows being paid or the other way, among all that follows; -1 for fewer than two."""
    events = context.events
    if not len(events):
        return np.full(context.wallets, UNKNOWN)
    turned = np.diff(events.pays, prepend=events.pays[:1])[events.follows]
    return events.gaps.mean(turned)


def paid_before_paying(context: Context) -> Floats:
    """Transactions that brought it money before it first paid, among all that did; -1 if none did.

    Near 1 it gathers first and pays then; a wallet that never paid has 1.
    """
    events = context.events
    paying = Rows(context.wallets, events.owners[events.pays])
    first = np.full(context.wallets, len(events))
    first[paying.present] = events.pays.nonzero()[0][paying.starts[paying.present]]
    early = ~events.pays & (np.arange(len(events)) < first[events.owners])
    return ratio(events.sum(early), events.sum(~events.pays))


def night(context: Context) -> Floats:
    """Transactions between midnight and six (UTC), among all it has; -1 without any."""
    events = context.events
    return events.mean(events.times % DAY_S < NIGHT_ENDS_S)


def weekend(context: Context) -> Floats:
    """Transactions on a Saturday or Sunday (UTC), among all it has; -1 without any."""
    events = context.events
    return events.mean((events.times // DAY_S + MONDAY) % 7 >= 5)


def _dwell(context: Context) -> tuple[Rows, Floats]:
    """Seconds since money came in, of each payment that follows such: one row per payment."""
    events = context.events
    funded = events.pays & (events.funded_by >= 0)
    dwell_s = events.times[funded] - events.times[events.funded_by[funded]]
    return Rows(context.wallets, events.owners[funded]), dwell_s.astype(np.float64)


def _logarithm(seconds: Floats) -> Floats:
    return np.where(seconds >= 0, np.log1p(np.maximum(seconds, 0)), UNKNOWN)


TIMING = (
    active_span,
    gap_mean,
    gap_deviation,
    gap_least,
    gap_median,
    burstiness,
    busiest_day,
    busiest_hour,
    active_days,
    dwell_mean,
    dwell_least,
    paid_within_a_day,
    turns,
    paid_before_paying,
    night,
    weekend,
)
