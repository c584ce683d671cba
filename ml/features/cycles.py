"""Money that goes round: rings of flows a wallet is part of, and payments that came back to their first payer in time.

Rings are looked for as `ml.features.cycle_search` says: of two to five wallets, not through one that deals with more
than MOST_PARTNERS on a side. Of such a wallet it is not known (-1) what rings it is part of.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from ml.features.context import Context
from ml.features.feature import Feature, features_of
from ml.features.rows import SECOND, UNKNOWN, Mask, Rows, added, ratio
from ml.movements import Floats

LONGEST = 5
MOST_PARTNERS = 128
DAY = 86_400
WINDOW_S = 30 * DAY
WORDS = ("two", "three", "four", "five")


class Rings(Struct, frozen=True):
    """Rings of flows, whatever their times: per wallet by length, and of each flow the share of money that returns."""

    counts: Floats
    returning: Floats


class TimedRings(Struct, frozen=True):
    """Payments that went round in order of time: see `find_timed_rings`."""

    counts: Floats
    steady: Floats
    spans: Floats
    ratios: Floats
    oddest: Floats
    in_steady: Mask


def is_open(context: Context) -> Mask:
    """Of each wallet, whether rings are followed through it."""
    flows = np.diff(context.out_starts), np.diff(context.in_starts)
    return (flows[0] <= MOST_PARTNERS) & (flows[1] <= MOST_PARTNERS)


def rings(context: Context) -> Rings:
    """Search the flows once for all features."""
    from ml.features.cycle_search import find_rings

    flows = context.flows
    paid = added(flows.sources, flows.values, context.wallets)
    shares = flows.values / paid[flows.sources]
    both = context.out_starts, flows.targets, context.in_starts, flows.sources[context.in_order]
    found = find_rings(both, shares, is_open(context), 2, LONGEST)
    return Rings(*found)


def timed_rings(context: Context) -> TimedRings:
    """Search the payments once for all features."""
    # Here, so that who only looks at payments loads no compiler.
    from ml.features.cycle_search import find_timed_rings

    moved, order = context.movements, context.paid_order
    values, payers = moved.values[order].astype(np.float64), moved.payers[order]
    usual = Rows(context.wallets, payers).median(values)
    unusual = np.abs(np.log(values / usual[payers]))
    times = moved.times[order] // SECOND
    payments = context.paid_starts, moved.payees[order], values, times, unusual
    found = find_timed_rings(payments, is_open(context), LONGEST, WINDOW_S)
    return TimedRings(*found)


def returning_share(context: Context) -> Floats:
    """How much of what it pays comes back over at most five wallets, if each pays by its usual shares; -1 unknown."""
    flows = context.flows
    # A ring's product of shares begins and ends at the wallet, so the sum over its flows out is what returns to it.
    return known(context, added(flows.sources, context.value(rings).returning, context.wallets))


def returning_flow(context: Context) -> Floats:
    """The most of its money that goes round by one flow, of what it pays; -1 if it paid nobody or unknown."""
    return known(context, Rows(context.wallets, context.flows.sources).largest(context.value(rings).returning))


def flows_in_rings(context: Context) -> Floats:
    """Which share of the wallets it pays pass money on to it again, over at most five; -1 if it paid nobody."""
    flows = context.flows
    closed = added(flows.sources, context.value(rings).returning > 0, context.wallets)
    return known(context, ratio(closed, np.diff(context.out_starts)))


def steady_rings(context: Context) -> Floats:
    """Payments that came back in time and lost less than a fifth at each step (logarithm of one more); -1 unknown."""
    return known(context, np.log1p(context.value(timed_rings).steady))


def ring_span(context: Context) -> Floats:
    """Days that the fastest round trip of its money took; -1 if none within 30 days."""
    spans = context.value(timed_rings).spans
    return np.where(spans >= 0, spans / DAY, UNKNOWN)


def ring_evenness(context: Context) -> Floats:
    """Of its round trips the most even: least amount on the way divided by the largest; -1 if none within 30 days."""
    return context.value(timed_rings).ratios


def ring_oddity(context: Context) -> Floats:
    """Of its round trips the oddest: how far amounts are from what their payers usually pay; -1 without any.

    The mean over the payments of the distance between logarithms of the amount and of its payer's median.
    """
    return context.value(timed_rings).oddest


def steady_value(context: Context) -> Floats:
    """Which share of what it paid went into round trips that lost little; -1 if it paid nothing or unknown."""
    order = context.paid_order
    values, payers = context.movements.values[order], context.movements.payers[order]
    into = added(payers, values * context.value(timed_rings).in_steady, context.wallets)
    return known(context, ratio(into, added(payers, values, context.wallets)))


def known(context: Context, values: Floats) -> Floats:
    """Values where rings are looked for, unknown elsewhere."""
    return np.where(is_open(context), values, UNKNOWN)


def _by_length(search: Callable[[Context], Rings | TimedRings], at: int) -> Callable[[Context], Floats]:
    return lambda context: known(context, np.log1p(context.value(search).counts[:, at]))


def _counted(name: str, said: str, search: Callable[[Context], Rings | TimedRings]) -> list[Feature]:
    return [Feature(f"{name}_of_{word}", said.format(word), _by_length(search, at)) for at, word in enumerate(WORDS)]


CYCLES = (
    *_counted("rings", "Rings of {} wallets it is part of, in any order of time (logarithm of one more).", rings),
    *_counted(
        "round_trips",
        "Times money went round over {} wallets and it, each paying after being paid, within 30 days (logarithm).",
        timed_rings,
    ),
    *features_of(
        (
            returning_share,
            returning_flow,
            flows_in_rings,
            steady_rings,
            ring_span,
            ring_evenness,
            ring_oddity,
            steady_value,
        )
    ),
)
