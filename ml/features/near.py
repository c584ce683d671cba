"""What a wallet's counterparties are like: their own features, averaged and at their extremes, on either side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from ml.features.amounts import largest_in, peel_steps, value_in, value_in_share, value_kept, value_out
from ml.features.context import Context
from ml.features.counts import fan_in_share, payees, payers, repeated_payees, repeated_payers
from ml.features.feature import Compute, Feature
from ml.features.rows import UNKNOWN, Rows, ratio
from ml.features.timing import active_span, burstiness, dwell_mean, gap_median, paid_within_a_day
from ml.movements import Floats

Reduce = Callable[[Rows, Floats], Floats]
# What is averaged over counterparties, and of what the extremes are told as well.
AVERAGED = (
    payees,
    payers,
    value_out,
    value_in,
    fan_in_share,
    value_in_share,
    value_kept,
    largest_in,
    repeated_payees,
    repeated_payers,
    active_span,
    gap_median,
    burstiness,
    dwell_mean,
    paid_within_a_day,
    peel_steps,
)
EXTREMES = (payees, payers, value_out, value_in)


def _averages(sources: bool) -> Callable[[Context], Floats]:
    """The mean of each of AVERAGED over the payers (`sources`) or the payees of every wallet, unknown ones left out."""

    def compute(context: Context) -> Floats:
        flows, n = context.flows, context.wallets
        ends = (flows.targets, flows.sources) if sources else (flows.sources, flows.targets)
        near = sparse.csr_array((np.ones(len(flows)), ends), shape=(n, n))
        values = np.stack([context.value(feature) for feature in AVERAGED], axis=1)
        known = values != UNKNOWN
        return ratio(near @ np.where(known, values, 0.0), near @ known.astype(np.float64))

    return compute


def _column(averages: Callable[[Context], Floats], place: int) -> Compute:
    return lambda context: context.value(averages)[:, place]


def _extreme(feature: Compute, reduce: Reduce, sources: bool) -> Compute:
    def compute(context: Context) -> Floats:
        flows, values = context.flows, context.value(feature)
        if not sources:
            return reduce(Rows(context.wallets, flows.sources), values[flows.targets])
        order = context.in_order
        return reduce(Rows(context.wallets, flows.targets[order]), values[flows.sources[order]])

    return compute


def _neighbours(who: str, sources: bool) -> list[Feature]:
    averages, features = _averages(sources), []
    for place, feature in enumerate(AVERAGED):
        name = feature.__name__
        said = f"The mean of `{name}` over its {who}, those left out of whom it is not known; -1 without any."
        features.append(Feature(f"{who}_mean_{name}", said, _column(averages, place)))
    for feature in EXTREMES:
        name = feature.__name__
        said = f"The largest `{name}` among its {who}; -1 without any."
        features.append(Feature(f"{who}_most_{name}", said, _extreme(feature, Rows.largest, sources)))
        said = f"The smallest `{name}` among its {who}; -1 without any."
        features.append(Feature(f"{who}_least_{name}", said, _extreme(feature, Rows.least, sources)))
    return features


NEAR = (*_neighbours("payers", True), *_neighbours("payees", False))
