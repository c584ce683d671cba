"""Counterparties and illicit neighbourhoods of all wallets at once, from the arrays of `graph.columns`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from graph.batch import Integers
from graph.columns import Network, Pool

# Pairs of wallet and illicit wallet held at a time.
PAIRS = 10_000_000


class Links(Struct, frozen=True):
    """Who is linked with whom: `near` lists the wallets of 0, of 1, ... in order, those of w from `starts[w]` on."""

    starts: Integers
    near: Integers

    @property
    def counts(self) -> Integers:
        """How many each wallet has."""
        return np.diff(self.starts)


def count_degrees(network: Network) -> tuple[Integers, Integers]:
    """Distinct payers and distinct payees of every wallet, itself left out."""
    n = len(network.keys)
    pairs = _paid(network)
    return np.bincount(pairs % max(1, n), minlength=n), np.bincount(pairs // max(1, n), minlength=n)


def count_hops(network: Network, illicit: np.ndarray) -> Integers:
    """Distinct illicit wallets at undirected distance 0, 1 and 2 of every wallet, (n, 3), each at its shortest."""
    n = len(network.keys)
    pairs = _paid(network)
    links = _links(_distinct(np.concatenate([pairs, pairs % max(1, n) * n + pairs // max(1, n)])), n)
    owners = np.repeat(np.arange(n), links.counts)
    bad = illicit[links.near]
    near = _links(owners[bad] * n + links.near[bad], n)
    at_2 = np.zeros(n, np.int64)
    for first, last in _slices(links, near):
        at_2[first:last] = _count_far(links, near, first, last)
    return np.stack([illicit.astype(np.int64), near.counts, at_2], axis=1)


def _count_far(links: Links, near: Links, first: int, last: int) -> Integers:
    """Of the wallets from `first` to `last`: what is illicit next to their neighbours, but not next to them."""
    n = len(links.starts) - 1
    span = slice(links.starts[first], links.starts[last])
    middle = links.near[span]
    owners = np.repeat(np.arange(first, last), links.counts[first:last])
    found = _distinct(np.repeat(owners, near.counts[middle]) * n + _listed(near, middle))
    known = slice(near.starts[first], near.starts[last])
    closer = np.repeat(np.arange(first, last), near.counts[first:last]) * n + near.near[known]
    owners, met = found // n, found % n
    far = (owners != met) & ~np.isin(found, closer, assume_unique=True)
    return np.bincount(owners[far] - first, minlength=last - first)


def _slices(links: Links, near: Links) -> Iterator[tuple[int, int]]:
    """Ranges of wallets whose neighbours have about PAIRS illicit neighbours between them."""
    ahead = np.concatenate([[0], np.cumsum(near.counts[links.near])])[links.starts]
    first, n = 0, len(links.starts) - 1
    while first < n:
        last = max(first + 1, int(np.searchsorted(ahead, ahead[first] + PAIRS, side="right")) - 1)
        yield first, last
        first = last


def _listed(links: Links, wallets: Integers) -> Integers:
    """The lists of the given wallets, one after the other."""
    counts = links.counts[wallets]
    offsets = np.repeat(links.starts[wallets] - np.cumsum(counts) + counts, counts)
    return links.near[offsets + np.arange(len(offsets))]


def _links(pairs: Integers, n: int) -> Links:
    """From sorted pairs, each owner * n + other."""
    counts = np.bincount(pairs // max(1, n), minlength=n)
    return Links(np.concatenate([[0], np.cumsum(counts)]), pairs % max(1, n))


def _distinct(pairs: Integers) -> Integers:
    """Sorted, each once; numpy's own unique hashes, which takes ten times as long here."""
    ordered = np.sort(pairs)
    is_first = np.concatenate([np.ones(min(1, len(ordered)), bool), ordered[1:] != ordered[:-1]])
    distinct: Integers = ordered[is_first]
    return distinct


def _paid(network: Network) -> Integers:
    """Who paid whom, once each, as payer * n + payee; through a pool every payer pays every payee."""
    n = len(network.keys)
    flows = network.sources * n + network.targets
    return _distinct(np.concatenate([flows, *(_pairs(pool, n) for pool in network.pools)]))


def _pairs(pool: Pool, n: int) -> Integers:
    payers, payees = (side.wallets[side.values > 0] for side in (pool.inputs, pool.outputs))
    pairs = (payers[:, None] * n + payees[None, :]).ravel()
    between: Integers = pairs[pairs // max(1, n) != pairs % max(1, n)]
    return between
