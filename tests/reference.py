"""A slow second opinion: design §4 by its recursive definition, in fractions, from nothing but transactions.

It shares no code with the project beyond the shape of a Transaction, so that agreement means something.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from functools import cache

from graph.model import Transaction

Pairs = dict[tuple[str, str], int]


def split(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Largest remainder, equal remainders to the earlier."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(x) for x in exact]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def pairs_of(transaction: Transaction) -> Pairs:
    """Value from each payer to each payee by wallet, zero pairs left out, self-payments kept."""
    found: Pairs = defaultdict(int)
    outputs = split(transaction.value, [Fraction(p.amount) for p in transaction.outputs])
    for output, value in zip(transaction.outputs, outputs, strict=True):
        parts = split(value, [Fraction(p.amount) for p in transaction.inputs]) if transaction.inputs else []
        for source, part in zip(transaction.inputs, parts, strict=True):
            if part:
                found[f"{transaction.network}:{source.address}", f"{transaction.network}:{output.address}"] += part
    return found


def pool_of(transaction: Transaction) -> tuple[dict[tuple[str, str], Fraction], dict[tuple[str, str], Fraction]]:
    """The pairs of a pool as its source and its destination side see them, without what a wallet pays itself."""
    sides: list[dict[str, int]] = []
    for parties in (transaction.inputs, transaction.outputs):
        gross: dict[str, int] = defaultdict(int)
        for party, value in zip(parties, split(transaction.value, [Fraction(p.amount) for p in parties]), strict=True):
            gross[f"{transaction.network}:{party.address}"] += value
        sides.append(gross)
    given, taken = sides
    whole = transaction.value
    source, destination = {}, {}
    for u, sent in given.items():
        for v, got in taken.items():
            if u != v and sent and got:
                source[u, v] = Fraction(sent * (got - got * given.get(v, 0) // whole), whole - given.get(v, 0))
                destination[u, v] = Fraction(got * (sent - sent * taken.get(u, 0) // whole), whole - taken.get(u, 0))
    return source, destination


class Reference:
    """Exposure over a fixed list of transactions; `categories` maps wallet key to category.

    A transaction of more than `max_pairs` pairs is a pool.
    """

    def __init__(
        self,
        transactions: Sequence[Transaction],
        categories: dict[str, str],
        stopping: set[str],
        passing: set[str],
        max_pairs: int = 20_000,
    ) -> None:
        self.flows: Pairs = defaultdict(int)
        self.pooled: dict[str, dict[tuple[str, str], Fraction]] = {
            "source": defaultdict(Fraction),
            "destination": defaultdict(Fraction),
        }
        for transaction in transactions:
            if len(transaction.inputs) * len(transaction.outputs) > max_pairs:
                for side, pairs in zip(self.pooled.values(), pool_of(transaction), strict=True):
                    for pair, part in pairs.items():
                        side[pair] += part
                continue
            for pair, value in pairs_of(transaction).items():
                self.flows[pair] += value
        self.stop = {w: c for w, c in categories.items() if c in stopping}
        self.passes = {w for w, c in categories.items() if c in passing}

    def values(self, wallet: str, direction: str) -> dict[str, Fraction]:
        """Counterparty -> value of the wallet's inflow (outflow on the destination side), itself left out."""
        here, there = (1, 0) if direction == "source" else (0, 1)
        values: dict[str, Fraction] = defaultdict(Fraction)
        for pairs in (self.flows, self.pooled[direction]):
            for pair, value in pairs.items():
                if pair[here] == wallet and pair[there] != wallet:
                    values[pair[there]] += value
        return {other: value for other, value in values.items() if value}

    def shares(self, wallet: str, direction: str) -> dict[str, Fraction]:
        """Counterparty -> share of the wallet's inflow (outflow on the destination side)."""
        values = self.values(wallet, direction)
        total = sum(values.values(), Fraction(0))
        return {other: value / total for other, value in values.items()}

    def total(self, wallet: str, direction: str) -> int:
        whole = sum(self.values(wallet, direction).values(), Fraction(0))
        assert whole.denominator == 1
        return int(whole)

    def end(self, wallet: str, j: int, direction: str) -> dict[tuple[str, int], Fraction]:
        """Where one unit at `wallet` ends with j hops left: (category or reason, hops used) -> share."""
        walk = cache(lambda w, left: self._end(w, left, direction, walk))
        return walk(wallet, j)

    def _end(self, wallet: str, j: int, direction: str, walk) -> dict[tuple[str, int], Fraction]:
        if wallet in self.stop:
            return {(self.stop[wallet], 0): Fraction(1)}
        if j == 0:
            return {("hop_limit", 0): Fraction(1)}
        shares = self.shares(wallet, direction)
        if not shares:
            return {("origin" if direction == "source" else "unspent", 0): Fraction(1)}
        found: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
        for other, share in shares.items():
            for (name, hops), part in walk(other, j - 1).items():
                found[name, hops + 1] += share * part
        return found

    def passed(self, wallet: str, j: int, direction: str) -> Fraction:
        if wallet in self.passes:
            return Fraction(1)
        if wallet in self.stop or j == 0:
            return Fraction(0)
        return sum(
            (share * self.passed(other, j - 1, direction) for other, share in self.shares(wallet, direction).items()),
            Fraction(0),
        )

    def exposure(self, wallet: str, hops: int, direction: str) -> dict[str, tuple[float, float, int]]:
        """Name -> (share, direct share, shortest hops), residuals too."""
        found: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
        for other, share in self.shares(wallet, direction).items():
            for (name, used), part in self.end(other, hops - 1, direction).items():
                found[name, used + 1] += share * part
        return _by_name(found)

    def passed_through(self, wallet: str, hops: int, direction: str) -> float:
        return float(
            sum(
                (s * self.passed(other, hops - 1, direction) for other, s in self.shares(wallet, direction).items()),
                Fraction(0),
            )
        )

    def hop_score(self, wallet: str, illicit: set[str]) -> tuple[float, tuple[int, int, int]]:
        """Seed 000's score by breadth-first search."""
        near: dict[str, set[str]] = defaultdict(set)
        for a, b in [*self.flows, *self.pooled["source"]]:
            if a != b:
                near[a].add(b)
                near[b].add(a)
        distance, frontier = {wallet: 0}, [wallet]
        for d in (1, 2):
            frontier = sorted({n for w in frontier for n in near[w]} - set(distance))
            distance |= dict.fromkeys(frontier, d)
        counts = tuple(sum(1 for w, d in distance.items() if d == h and w in illicit) for h in range(3))
        degree = sum(len(self.shares(wallet, side)) for side in ("source", "destination"))
        return sum(c * w for c, w in zip(counts, (1.0, 0.5, 0.25), strict=True)) / max(1, degree) ** 0.5, counts


def payment(
    paid: Transaction, others: Sequence[Transaction], hops: int, direction: str, before: datetime, **categories
) -> dict[str, tuple[float, float, int]]:
    """Exposure of a payment: its parties over what moved until `before`, itself left out."""
    past = [t for t in others if t.at <= before and t.key != paid.key]
    reference = Reference(past, **categories)
    side: dict[str, int] = defaultdict(int)
    outputs = split(paid.value, [Fraction(p.amount) for p in paid.outputs])
    if direction == "destination":
        for party, value in zip(paid.outputs, outputs, strict=True):
            side[f"{paid.network}:{party.address}"] += value
    else:
        for (source, _), value in pairs_of(paid).items():
            side[source] += value
    if not side:
        return {"origin": (1.0, 1.0, 1)}
    total = sum(side.values())
    found: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for wallet, value in side.items():
        for (name, used), part in reference.end(wallet, hops - 1, direction).items():
            found[name, used + 1] += Fraction(value, total) * part
    return _by_name(found)


def _by_name(found: dict[tuple[str, int], Fraction]) -> dict[str, tuple[float, float, int]]:
    names = {name for (name, _), share in found.items() if share}
    return {
        name: (
            float(sum(share for (n, _), share in found.items() if n == name)),
            float(sum(share for (n, used), share in found.items() if n == name and used == 1)),
            min(used for (n, used), share in found.items() if n == name and share),
        )
        for name in names
    }
