"""A wallet's whole history, however long: what its own features, of its newest movements, leave out of a hub's."""

from __future__ import annotations

import numpy as np

from ml.features.context import Context
from ml.features.rows import added
from ml.movements import Floats

MICRO = 1_000_000


def lifetime_payees(context: Context) -> Floats:
    """How many wallets it ever paid (logarithm of one more)."""
    return np.log1p(np.diff(context.out_starts))


def lifetime_payers(context: Context) -> Floats:
    """How many wallets ever paid it (logarithm of one more)."""
    return np.log1p(np.diff(context.in_starts))


def lifetime_value_out(context: Context) -> Floats:
    """All it ever paid, in units of the reference currency (logarithm of one more)."""
    flows = context.flows
    return np.log1p(added(flows.sources, flows.values, context.wallets) / MICRO)


def lifetime_value_in(context: Context) -> Floats:
    """All it ever got, in units of the reference currency (logarithm of one more)."""
    flows = context.flows
    return np.log1p(added(flows.targets, flows.values, context.wallets) / MICRO)


LIFETIME = (lifetime_payees, lifetime_payers, lifetime_value_out, lifetime_value_in)
