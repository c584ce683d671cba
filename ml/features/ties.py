"""Who belongs together: how closely counterparties are knit by other ways between them, and what those are like.

Two wallets that deal with each other are tied if they pay each other, or if a way over one or two others leads from
one to the other as well; the tie is stronger the fewer those others deal with. Strangers who once paid each other are
not tied, so what the tied are like tells more of a wallet than what all its counterparties are like.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from scipy import sparse

from ml.features.amounts import (
    largest_in,
    largest_out,
    least_in,
    least_out,
    median_in,
    median_out,
    same_in,
    same_out,
    spread_in,
    spread_out,
    value_in,
    value_out,
)
from ml.features.context import Context, starts
from ml.features.counts import paid_back, payees, payers, payments_in_share, repeated_payees, repeated_payers
from ml.features.cycles import CYCLES, MOST_PARTNERS
from ml.features.exposures import SERVICE, kinds_of
from ml.features.feature import Compute, Feature, features_of
from ml.features.rows import UNKNOWN, Rows, added, ratio
from ml.features.timing import active_span, burstiness, dwell_mean, gap_median
from ml.features.triangles import clustering
from ml.movements import Floats, Integers

# The longest way round that ties two wallets: over two others.
LONGEST = 4


class Ties(Struct, frozen=True):
    """Each two wallets that are tied, both ways, sorted by owner; `strengths` are above 0."""

    owners: Integers
    others: Integers
    strengths: Floats


def ties(context: Context) -> Ties:
    """Find who is tied to whom, and how closely.

    Who pays each other counts 1. A way over others counts the product of one divided by how many each deals with:
    the chance to come along it by walking from one to another at random. No way leads to or over a wallet that deals
    with more than MOST_PARTNERS: it would count for next to nothing.
    """
    from ml.features.cycle_search import find_rings

    flows, n = context.flows, context.wallets
    ends = np.concatenate((flows.sources, flows.targets)), np.concatenate((flows.targets, flows.sources))
    pairs = np.unique(ends[0] * max(1, n) + ends[1])
    owners, others = pairs // max(1, n), pairs % max(1, n)
    begins = starts(owners, n)
    partners = np.diff(begins)
    chances = 1 / partners[owners]
    _, ways = find_rings((begins, others, begins, others), chances, partners <= MOST_PARTNERS, 3, LONGEST)
    # A ring's product has a chance of each of its wallets; those of the two that it ties do not count.
    strengths = ways * partners[owners] * partners[others]
    back = (flows.sources * max(1, n) + flows.targets)[context.reverse >= 0]
    strengths += np.isin(pairs, back, assume_unique=True)
    tied = strengths > 0
    return Ties(owners[tied], others[tied], strengths[tied])


def tied(context: Context) -> Floats:
    """How many wallets it is tied to: they pay each other, or another short way leads between them (logarithm)."""
    return np.log1p(_rows(context).counts)


def tied_share(context: Context) -> Floats:
    """Wallets it is tied to among all its counterparties; -1 if it has none."""
    flows = context.flows
    both = np.diff(context.out_starts) + np.diff(context.in_starts)
    twice = added(flows.sources, context.reverse >= 0, context.wallets)
    return ratio(_rows(context).counts, both - twice)


def tie_strength(context: Context) -> Floats:
    """How closely it is tied to others, all together (logarithm of one more)."""
    return np.log1p(_rows(context).sum(context.value(ties).strengths))


def closest_tie(context: Context) -> Floats:
    """How closely it is tied to the one it is tied to most; -1 if to nobody."""
    return _rows(context).largest(context.value(ties).strengths)


def tied_illicit(context: Context) -> Floats:
    """The share of its ties, by strength, that are with wallets of an illicit category; -1 if it is tied to nobody."""
    kinds, found = context.value(kinds_of), context.value(ties)
    illicit = (kinds >= 0) & (kinds != SERVICE)
    rows = _rows(context)
    return ratio(rows.sum(found.strengths * illicit[found.others]), rows.sum(found.strengths))


def _rows(context: Context) -> Rows:
    return Rows(context.wallets, context.value(ties).owners)


def _averages(context: Context) -> Floats:
    """The mean of each of AVERAGED over those a wallet is tied to, by strength, unknown ones left out."""
    found, n = context.value(ties), context.wallets
    near = sparse.csr_array((found.strengths, (found.owners, found.others)), shape=(n, n))
    values = np.stack([context.value(feature.compute) for feature in AVERAGED], axis=1)
    known = values != UNKNOWN
    return ratio(near @ np.where(known, values, 0.0), near @ known.astype(np.float64))


def _column(place: int) -> Compute:
    return lambda context: context.value(_averages)[:, place]


def _averaged() -> list[Feature]:
    said = "The mean of `{}` over those it is tied to, by strength of tie, unknown ones left out; -1 without any."
    return [
        Feature(f"tied_mean_{one.name}", said.format(one.name), _column(place)) for place, one in enumerate(AVERAGED)
    ]


OWN = features_of((tied, tied_share, tie_strength, closest_tie))
AVERAGED = (
    *features_of(
        (
            payees,
            payers,
            payments_in_share,
            repeated_payees,
            repeated_payers,
            paid_back,
            value_out,
            value_in,
            median_out,
            median_in,
            least_out,
            least_in,
            largest_out,
            largest_in,
            spread_out,
            spread_in,
            same_out,
            same_in,
            active_span,
            gap_median,
            burstiness,
            dwell_mean,
            clustering,
        )
    ),
    *CYCLES,
    *OWN,
)
TIES = (*OWN, *_averaged(), *features_of((tied_illicit,)))
