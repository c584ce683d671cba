"""How many: payments, counterparties, and how a wallet's money is spread over them."""

from __future__ import annotations

import numpy as np

from ml.features.context import Context
from ml.features.rows import UNKNOWN, Rows, Side, ratio
from ml.movements import Floats


def payments_out(context: Context) -> Floats:
    """How many payments the wallet made (logarithm of one more), among its newest 500 on each side."""
    return np.log1p(context.paid.counts)


def payments_in(context: Context) -> Floats:
    """How many payments the wallet got (logarithm of one more), among its newest 500 on each side."""
    return np.log1p(context.got.counts)


def payees(context: Context) -> Floats:
    """How many wallets it paid: fan-out (logarithm of one more)."""
    return np.log1p(context.paid.partners.counts)


def payers(context: Context) -> Floats:
    """How many wallets paid it: fan-in (logarithm of one more)."""
    return np.log1p(context.got.partners.counts)


def fan_in_share(context: Context) -> Floats:
    """Its payers among payers and payees together: near 1 it gathers, near 0 it scatters; -1 without either."""
    into, out = context.got.partners.counts, context.paid.partners.counts
    return ratio(into, into + out)


def payments_in_share(context: Context) -> Floats:
    """Payments got among all its payments; -1 without any."""
    into, out = context.got.counts, context.paid.counts
    return ratio(into, into + out)


def repeated_payees(context: Context) -> Floats:
    """Payments made to a wallet that it had paid before, among all it made; -1 if it made none."""
    return _repeated(context.paid)


def repeated_payers(context: Context) -> Floats:
    """Payments got from a wallet that had paid it before, among all it got; -1 if it got none."""
    return _repeated(context.got)


def paid_back(context: Context) -> Floats:
    """Counterparties that it both paid and was paid by, among those it paid (reciprocity); -1 if it paid nobody."""
    partners = context.paid.partners
    return partners.mean(partners.held_by(context.got.partners))


def paid_back_value(context: Context) -> Floats:
    """What it paid to wallets that paid it too, among all it paid; -1 if it paid nobody."""
    partners = context.paid.partners
    return ratio(partners.sum(partners.values * partners.held_by(context.got.partners)), context.paid.total)


def payee_entropy(context: Context) -> Floats:
    """How evenly what it paid is spread over payees: entropy in nats, 0 for a single one; -1 if it paid nobody."""
    return _entropy(context.paid)


def payer_entropy(context: Context) -> Floats:
    """How evenly what it got is spread over payers: entropy in nats, 0 for a single one; -1 if nobody paid it."""
    return _entropy(context.got)


def largest_payee(context: Context) -> Floats:
    """The share of what it paid that went to one wallet, the largest; -1 if it paid nobody."""
    return _largest_partner(context.paid)


def largest_payer(context: Context) -> Floats:
    """The share of what it got that came from one wallet, the largest; -1 if nobody paid it."""
    return _largest_partner(context.got)


def payees_at_once(context: Context) -> Floats:
    """The most payments it made within one transaction (logarithm of one more)."""
    return _at_once(context.paid)


def payers_at_once(context: Context) -> Floats:
    """The most payments it got within one transaction (logarithm of one more)."""
    return _at_once(context.got)


def _repeated(side: Side) -> Floats:
    return np.where(side.counts > 0, 1 - ratio(side.partners.counts, side.counts), UNKNOWN)


def _entropy(side: Side) -> Floats:
    partners = side.partners
    shares = partners.values / side.total[partners.owners]
    return np.where(side.counts > 0, np.abs(partners.sum(-shares * np.log(shares))), UNKNOWN)


def _largest_partner(side: Side) -> Floats:
    return ratio(side.partners.largest(side.partners.values), side.total)


def _at_once(side: Side) -> Floats:
    # A wallet's rows of one transaction lie together: they have the same time and are numbered alike.
    starts = (np.diff(side.transactions, prepend=-1) != 0) | side.begins
    sizes = np.diff(np.append(starts.nonzero()[0], len(side)))
    most = Rows(side.wallets, side.owners[starts]).largest(sizes)
    return np.log1p(np.maximum(most, 0))


COUNTS = (
    payments_out,
    payments_in,
    payees,
    payers,
    fan_in_share,
    payments_in_share,
    repeated_payees,
    repeated_payers,
    paid_back,
    paid_back_value,
    payee_entropy,
    payer_entropy,
    largest_payee,
    largest_payer,
    payees_at_once,
    payers_at_once,
)
