"""Attributed wallets near a wallet: what share of its money came from them or went to them, and how many there are.

What the wallet itself was attributed has no part in it (`ml.haircut`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from ml.features.context import Context
from ml.features.feature import Compute, Feature
from ml.features.rows import UNKNOWN, added
from ml.haircut import HOPS, Traced, trace
from ml.movements import Floats, Integers

# Illicit categories with columns of their own; others count as illicit only.
ILLICIT = (
    "sanctions",
    "terrorism_financing",
    "child_abuse",
    "ransomware",
    "theft",
    "scam",
    "darknet_market",
    "fraud_shop",
    "mixer",
)
OTHER, SERVICE = len(ILLICIT), len(ILLICIT) + 1
KINDS = SERVICE + 1
NOTHING = -1


def kinds_of(context: Context) -> Integers:
    """What tracing stops at at each wallet: a place in ILLICIT, OTHER, SERVICE; NOTHING where it goes on."""
    numbers = {"": NOTHING}
    for category in context.attributed.taxonomy:
        if category.class_ == "illicit":
            numbers[category.name] = ILLICIT.index(category.name) if category.name in ILLICIT else OTHER
        else:
            numbers[category.name] = SERVICE if category.stops else NOTHING
    categories = context.attributed.categories
    return np.fromiter((numbers.get(name, NOTHING) for name in categories), np.int64, len(categories))


def came_from(context: Context) -> Traced:
    """Where what each wallet got came from."""
    flows = context.flows
    return _traced(context, flows.targets, flows.sources)


def went_to(context: Context) -> Traced:
    """Where what each wallet paid went to."""
    flows = context.flows
    return _traced(context, flows.sources, flows.targets)


def illicit_payers(context: Context) -> Floats:
    """How many wallets of an illicit category paid it (logarithm of one more)."""
    flows = context.flows
    return _illicit_partners(context, flows.targets, flows.sources)


def illicit_payees(context: Context) -> Floats:
    """How many wallets of an illicit category it paid (logarithm of one more)."""
    flows = context.flows
    return _illicit_partners(context, flows.sources, flows.targets)


def _traced(context: Context, takers: Integers, givers: Integers) -> Traced:
    n, values = context.wallets, context.flows.values
    total = added(takers, values, n)
    shares = sparse.csr_array((values / total[takers], (takers, givers)), shape=(n, n))
    traced = trace(shares, context.value(kinds_of), KINDS)
    nothing = total == 0
    for met in (traced.direct, traced.whole):
        met[nothing] = UNKNOWN
    return traced


def _illicit_partners(context: Context, takers: Integers, givers: Integers) -> Floats:
    kinds = context.value(kinds_of)[givers]
    return np.log1p(added(takers, (kinds >= 0) & (kinds != SERVICE), context.wallets))


def _share(side: Callable[[Context], Traced], kinds: slice, direct: bool) -> Compute:
    def compute(context: Context) -> Floats:
        traced = context.value(side)
        met: Floats = (traced.direct if direct else traced.whole)[:, kinds].sum(axis=1)
        return met.clip(min=UNKNOWN)  # several unknowns add up to less

    return compute


def _shares(name: str, side: Callable[[Context], Traced], what: str, nothing: str) -> list[Feature]:
    illicit, services = slice(0, SERVICE), slice(SERVICE, KINDS)
    parts: list[tuple[str, str, slice, bool]] = [
        ("illicit", f"wallets of any illicit category within {HOPS} hops", illicit, False),
        ("illicit_direct", "wallets of any illicit category directly", illicit, True),
        ("services", f"services, as exchanges, within {HOPS} hops", services, False),
        ("services_direct", "services, as exchanges, directly", services, True),
    ]
    for place, category in enumerate(ILLICIT):
        told = f"wallets of the category {category} within {HOPS} hops"
        parts.append((category, told, slice(place, place + 1), False))
    return [
        Feature(f"{name}_{part}", f"The share of {what} {told}; -1 if it {nothing}.", _share(side, kinds, direct))
        for part, told, kinds, direct in parts
    ]


EXPOSURES = (
    *_shares("from", came_from, "what it got that came from", "got nothing"),
    *_shares("to", went_to, "what it paid that went to", "paid nothing"),
)
PARTNERS = (illicit_payers, illicit_payees)
