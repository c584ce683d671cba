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
    begins = np.flatnonzero(np.diff(transactions, prepend=-1))
    heads = np.full(given.transactions, -1)
    heads[transactions[begins]] = wallets[begins]
    payers = np.bincount(transactions, minlength=given.transactions)
    mixes = _mixes(given, payers)
    counts = ~mixes[transactions]
    counts[begins] = False
    of = transactions[counts]
    together = (of, heads[of], wallets[counts], np.full(len(of), COSPEND))
    change = _change(given, (payers > 0) & ~mixes, heads, (transactions, wallets))
    return Links(*(np.concatenate(pair) for pair in zip(together, change, strict=True)))


def cluster(wallets: int, links: Links) -> Clusters:
    """Join `wallets` by the links that are sure enough to merge.

    The surest come first, as with Kruskal, a whole level of confidence at a time.
    """
    first, percents = np.arange(wallets), np.full(wallets, 100)
    levels = np.flatnonzero(np.bincount(links.percents, minlength=100))
    for percent in levels[levels >= MERGE_FROM][::-1].tolist():
        of = links.percents == percent
        merged, into = _merged(wallets, first[links.sources[of]], first[links.targets[of]])
        # What this level joins is held together by nothing surer.
        percents[into] = percent
        first = merged[first]
    return Clusters(first, percents[first])


def components(nodes: int, sources: Integers, targets: Integers) -> Integers:
    """Return by node the number of the part that it is in, whatever the confidence."""
    # Loaded by who clusters, not by all who name an entity: it takes half a second.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(sources), bool), (sources, targets)), shape=(nodes, nodes))
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


def _merged(wallets: int, sources: Integers, targets: Integers) -> tuple[Integers, Integers]:
    """By first wallet of a cluster the first of what it is joined into; and the firsts of those that are joined."""
    apart = sources != targets
    sources, targets = sources[apart], targets[apart]
    is_named = np.zeros(wallets, bool)
    is_named[sources] = is_named[targets] = True
    named = np.flatnonzero(is_named)
    places = np.empty(wallets, np.int64)
    places[named] = np.arange(len(named))
    parts = components(len(named), places[sources], places[targets])
    into = np.empty(parts.max(initial=-1) + 1, np.int64)
    into[parts[::-1]] = named[::-1]
    merged = np.arange(wallets)
    merged[named] = into[parts]
    return merged, into


def _mixes(given: Payments, payers: Integers) -> Booleans:
    """Which transactions look like a CoinJoin: at least 3 wallets get the same, and as many pay."""
    found = np.zeros(given.transactions, bool)
    rows = _thrice(given, (payers >= COINJOIN)[given.taking])
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


def _thrice(given: Payments, asked: Booleans) -> Integers:
    """Outputs, of those asked about, of transactions that have an amount three times or more: few are looked into."""
    count = int(given.amounts.max(initial=0)) + 1
    keys = np.sort(given.taking[asked] * count + given.amounts[asked])
    often = keys[COINJOIN - 1 :][keys[COINJOIN - 1 :] == keys[: 1 - COINJOIN]] // count
    has = np.zeros(given.transactions, bool)
    has[often] = True
    return np.flatnonzero(has[given.taking] & asked)


def _common_kinds(given: Payments, transactions: Integers, wallets: Integers) -> Integers:
    """By transaction the kind of address that all inputs have; 0 where they differ, or it is unknown."""
    least, most = np.full(given.transactions, np.iinfo(np.int64).max), np.zeros(given.transactions, np.int64)
    np.minimum.at(least, transactions, given.kinds[wallets])
    np.maximum.at(most, transactions, given.kinds[wallets])
    return np.where(least == most, most, 0)


def _change(
    given: Payments, may: Booleans, heads: Integers, spent: tuple[Integers, Integers]
) -> tuple[Integers, Integers, Integers, Integers]:
    """Link payers to the one output that is new, or of several new ones the only one that is not round.

    None where there is one output only, or where a payer is among them: that one is its change.
    """
    n, taking, kinds = given.transactions, given.taking, given.kinds
    rows = _candidates(given, may)
    asked = np.zeros(n, bool)
    asked[taking[rows]] = True
    outputs = np.flatnonzero(asked[taking])
    at, payees, plain = taking[outputs], given.payees[outputs], ~given.round[outputs]
    common = _common_kinds(given, *spent)
    many, plain_ones = np.bincount(at, minlength=n) > 1, np.bincount(at[plain], minlength=n)
    alike = np.bincount(at[kinds[payees] == common[at]], minlength=n)
    rows = rows[(many & ~_pays_itself(given, spent, outputs))[taking[rows]]]
    of, changes = taking[rows], given.payees[rows]
    others_round = ~given.round[rows] & (plain_ones[of] == 1)
    same_kind = (common[of] > 0) & (kinds[changes] == common[of]) & (alike[of] == 1)
    return of, heads[of], changes, CHANGE + ROUND * others_round + SAME_KIND * same_kind


def _candidates(given: Payments, may: Booleans) -> Integers:
    """Outputs that are the only new ones of their transaction, or the only new ones that are not round."""
    new = np.flatnonzero(~given.seen)
    of, plain = given.taking[new], ~given.round[new]
    one_new = np.bincount(of, minlength=given.transactions) == 1
    one_plain = np.bincount(of[plain], minlength=given.transactions) == 1
    rows: Integers = new[may[of] & (one_new[of] | (one_plain[of] & plain))]
    return rows


def _pays_itself(given: Payments, spent: tuple[Integers, Integers], outputs: Integers) -> Booleans:
    """Which transactions have a payer among the payees of these outputs."""
    count, of = max(1, len(given.kinds)), given.taking[outputs]
    pairs, taken = spent[0] * count + spent[1], of * count + given.payees[outputs]
    own = np.append(pairs, -1)[np.searchsorted(pairs, taken)] == taken
    found: Booleans = np.bincount(of[own], minlength=given.transactions) > 0
    return found
