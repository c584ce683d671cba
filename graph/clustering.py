"""Which wallets share an owner, as far as transactions of utxo networks tell: links with a confidence, and clusters.

Pure functions over columns: wallets and transactions are places in sorted lists, so that the smallest place is the
smallest key. Every confidence is a percentage: integers compare exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from graph.batch import Integers

Booleans = NDArray[np.bool_]
Heuristic = Literal["cospend", "change"]
# Inputs are signed for together (Meiklejohn et al. 2013; Androulaki et al. 2013). Not 100: a PayJoin looks the same.
COSPEND = 97
# A change output alone (Meiklejohn et al. 2013) goes wrong too often to merge (Kappos et al. 2022); round payments and
# the kind of address (Ermilov et al. 2017; BIP 78 names both) are further witnesses. Our estimates, no measured rates.
CHANGE, ROUND, SAME_KIND = 60, 20, 15
# A change link joins only with both witnesses: a merge that is wrong pollutes all that is said of either owner.
MERGE_FROM = 90
# So many equal outputs, and as many wallets that pay, are no owner's (after BlockSci's is_coinjoin; two are a payment).
COINJOIN = 3


class Payments(Struct, frozen=True):
    """Inputs and outputs of transactions that count, a row each; `kinds` tells a wallet's kind of address, 0 unknown.

    `amounts` are the same for equal amounts of one transaction; `seen` is whether the wallet was named before, by time
    and then by key; at most 2^31 wallets.
    """

    transactions: int
    payers: Integers
    paying: Integers
    payees: Integers
    taking: Integers
    amounts: Integers
    round: Booleans
    seen: Booleans
    kinds: Integers


class Links(Struct, frozen=True):
    """Pairs of wallets that share an owner by one transaction each; who spent together is a star around the first."""

    transactions: Integers
    sources: Integers
    targets: Integers
    percents: Integers


class Clusters(Struct, frozen=True):
    """By wallet the first of its cluster, itself where it is alone, and the least percentage that holds it together.

    That is the least of the spanning forest that has the highest; 100 for a wallet alone.
    """

    first: Integers
    percents: Integers


def links_of(given: Payments) -> Links:
    """Return what each transaction says of owners; one that looks like a CoinJoin says nothing."""
    transactions, wallets = _distinct(given.paying, given.payers, len(given.kinds))
    begins = np.diff(transactions, prepend=-1) != 0
    heads = wallets[begins][np.cumsum(begins) - 1] if len(wallets) else wallets
    payers = np.bincount(transactions, minlength=given.transactions)
    mixes = _mixes(given, payers)
    counts = ~begins & ~mixes[transactions]
    together = (transactions[counts], heads[counts], wallets[counts], np.full(counts.sum(), COSPEND))
    head_of = np.full(given.transactions, -1)
    head_of[transactions[begins]] = wallets[begins]
    change = _change(given, (payers > 0) & ~mixes, head_of, (transactions, wallets))
    return Links(*(np.concatenate(pair) for pair in zip(together, change, strict=True)))


def cluster(wallets: int, links: Links) -> Clusters:
    """Join `wallets` by all of the links, the surest first, as Kruskal does, a whole level of confidence at a time."""
    labels, percents = np.arange(wallets), np.full(wallets, 100)
    for percent in sorted(set(np.unique(links.percents).tolist()), reverse=True):
        of = links.percents == percent
        sources, targets = labels[links.sources[of]], labels[links.targets[of]]
        apart = sources != targets
        if apart.any():
            merged, joined = components(len(percents), sources[apart], targets[apart]), np.zeros(len(percents), bool)
            joined[sources[apart]] = True
            # All that this level touches is held together by nothing surer.
            held = np.full(merged.max() + 1, 100)
            np.minimum.at(held, merged, percents)
            held[merged[joined]] = percent
            labels, percents = merged[labels], held
    first = np.empty(len(percents), np.int64)
    first[labels[::-1]] = np.arange(wallets)[::-1]
    return Clusters(first[labels], percents[labels])


def components(nodes: int, sources: Integers, targets: Integers) -> Integers:
    """Return by node the number of the part that it is in, whatever the confidence."""
    links = coo_array((np.ones(len(sources), np.int8), (sources, targets)), shape=(nodes, nodes))
    labels: Integers = connected_components(links, directed=False)[1].astype(np.int64)
    return labels


class Held(Struct, frozen=True, order=True):
    """A link by name, in the order in which it is taken into a proof: the surest first, then by key."""

    doubt: float
    transaction: str
    source: str
    target: str
    heuristic: Heuristic

    @property
    def confidence(self) -> float:
        """How sure it is, above 0 and below 1."""
        return round(1 - self.doubt, 4)


def prove(links: Iterable[Held]) -> list[Held]:
    """Return the links that alone hold together what all do: a spanning forest of the highest confidences."""
    parents: dict[str, str] = {}
    return [link for link in sorted(links) if _join(parents, link.source, link.target)]


def rebuild(proof: Sequence[Held]) -> list[set[str]]:
    """Return the clusters that the links of a proof make, of two wallets or more each, the largest first."""
    parents: dict[str, str] = {}
    for link in proof:
        _join(parents, link.source, link.target)
    found: dict[str, set[str]] = {}
    for wallet in list(parents):
        found.setdefault(_root(parents, wallet), set()).add(wallet)
    return sorted(found.values(), key=lambda members: (-len(members), min(members)))


def _join(parents: dict[str, str], one: str, other: str) -> bool:
    a, b = _root(parents, one), _root(parents, other)
    parents[max(a, b)] = min(a, b)
    return a != b


def _root(parents: dict[str, str], wallet: str) -> str:
    while (parent := parents.setdefault(wallet, wallet)) != wallet:
        parents[wallet] = wallet = parents[parent]
    return wallet


def _distinct(transactions: Integers, wallets: Integers, count: int) -> tuple[Integers, Integers]:
    """Each wallet of a transaction once, in order of both."""
    pairs = transactions * max(1, count) + wallets
    if (pairs[1:] > pairs[:-1]).all():
        return transactions, wallets
    # Sorting is many times faster here than the hashing of np.unique.
    pairs.sort()
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    return pairs // max(1, count), pairs % max(1, count)


def _mixes(given: Payments, payers: Integers) -> Booleans:
    """Which transactions look like a CoinJoin: at least 3 wallets get the same, and as many pay."""
    found = np.zeros(given.transactions, bool)
    may = (payers >= COINJOIN) & (np.bincount(given.taking, minlength=given.transactions) >= COINJOIN)
    rows = np.flatnonzero(may[given.taking])
    if not len(rows):
        return found
    order = rows[np.lexsort((given.payees[rows], given.amounts[rows], given.taking[rows]))]
    taking, amounts, payees = given.taking[order], given.amounts[order], given.payees[order]
    begins = (np.diff(taking, prepend=-1) != 0) | (np.diff(amounts, prepend=amounts[0]) != 0)
    new = begins | (np.diff(payees, prepend=-1) != 0)
    equal = np.add.reduceat(new.astype(np.int64), np.flatnonzero(begins))
    of = taking[begins]
    found[of[(equal >= COINJOIN) & (payers[of] >= equal)]] = True
    return found


def _common_kinds(given: Payments, transactions: Integers, wallets: Integers) -> Integers:
    """By transaction the kind of address that all inputs have; 0 where they differ, or it is unknown."""
    least, most = np.full(given.transactions, np.iinfo(np.int64).max), np.zeros(given.transactions, np.int64)
    np.minimum.at(least, transactions, given.kinds[wallets])
    np.maximum.at(most, transactions, given.kinds[wallets])
    return np.where(least == most, most, 0)


def _pays_itself(given: Payments, spent: tuple[Integers, Integers], asked: Booleans) -> Booleans:
    """Which of the transactions asked about have a payer among their payees."""
    count, rows = max(1, len(given.kinds)), asked[given.taking]
    pairs, taken = spent[0] * count + spent[1], given.taking[rows] * count + given.payees[rows]
    own = np.append(pairs, -1)[np.searchsorted(pairs, taken)] == taken
    found: Booleans = np.bincount(given.taking[rows][own], minlength=given.transactions) > 0
    return found


def _change(
    given: Payments, may: Booleans, heads: Integers, spent: tuple[Integers, Integers]
) -> tuple[Integers, Integers, Integers, Integers]:
    """Link payers to the one output that is new, or of several new ones the only one that is not round.

    None where there is one output only, or where a payer is among them: that one is its change.
    """
    n, taking = given.transactions, given.taking
    new, plain = ~given.seen, ~given.round
    kinds = _common_kinds(given, *spent)
    many = np.bincount(taking, minlength=n) > 1
    one_new = np.bincount(taking[new], minlength=n) == 1
    one_plain = np.bincount(taking[new & plain], minlength=n) == 1
    rows = np.flatnonzero((may & many)[taking] & new & (one_new[taking] | (one_plain[taking] & plain)))
    asked = np.zeros(n, bool)
    asked[taking[rows]] = True
    rows = rows[~_pays_itself(given, spent, asked)[taking[rows]]]
    of, payees = taking[rows], given.payees[rows]
    all_plain = np.bincount(taking[plain], minlength=n)
    others_round = plain[rows] & (all_plain[of] == 1)
    alike = np.bincount(taking[given.kinds[given.payees] == kinds[taking]], minlength=n)
    same_kind = (kinds[of] > 0) & (given.kinds[payees] == kinds[of]) & (alike[of] == 1)
    return of, heads[of], payees, CHANGE + ROUND * others_round + SAME_KIND * same_kind
