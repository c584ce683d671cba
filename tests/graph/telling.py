"""What the parties of a payment had done, counted from nothing but transactions: the reference for histories."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from math import sqrt

from msgspec import Struct

from graph.history import HistoryOf, get_histories
from graph.model import History, Transaction, WalletHistory, Window
from graph.session import Graph
from graph.sums import payment_sides
from tests.reference import pairs_of, split

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOKING = {"window_s": 300, "near_from": 9_000_000, "near_below": 10_000_000}


async def told(graph: Graph, *paid: Transaction, **looking: int) -> list[History]:
    """The histories of payments, asked for together."""
    asked = [HistoryOf(t.key, t.at, *payment_sides(t)) for t in paid]
    found = await get_histories(graph, asked, **(LOOKING | looking))
    return [found[t.key] for t in paid]


class Entry(Struct, frozen=True):
    """One payment of a wallet on one side: when, how much between it and others, and who they are."""

    at: datetime
    net: int
    parties: frozenset[str]
    pairs: int


def gross(transaction: Transaction) -> tuple[dict[str, int], dict[str, int]]:
    """Value by wallet on both sides, by largest remainder."""
    sides: list[dict[str, int]] = []
    for parties in (transaction.inputs, transaction.outputs):
        side: dict[str, int] = {}
        for party, value in zip(parties, split(transaction.value, [Fraction(p.amount) for p in parties]), strict=True):
            side[f"{transaction.network}:{party.address}"] = (
                side.get(f"{transaction.network}:{party.address}", 0) + value
            )
        sides.append(side)
    return sides[0], sides[1]


def nets(transaction: Transaction, max_pairs: int) -> tuple[dict[str, int], dict[str, int]]:
    """What each wallet paid others and got from others; what is newly made is got from nobody."""
    paid: dict[str, int] = {}
    got: dict[str, int] = {}
    if not transaction.inputs:
        got = gross(transaction)[1]
    elif len(transaction.inputs) * len(transaction.outputs) > max_pairs:
        given, taken = gross(transaction)
        paid, got = (
            {w: v - v * other.get(w, 0) // transaction.value if transaction.value else 0 for w, v in side.items()}
            for side, other in ((given, taken), (taken, given))
        )
    else:
        for (u, v), value in pairs_of(transaction).items():
            if u != v:
                paid[u] = paid.get(u, 0) + value
                got[v] = got.get(v, 0) + value
    return {w: v for w, v in paid.items() if v}, {w: v for w, v in got.items() if v}


class Telling:
    """Histories over a fixed list of transactions that count."""

    def __init__(self, counting: Iterable[Transaction], *, most: int = 1_000, max_pairs: int = 20_000) -> None:
        self.counting = list(counting)
        self.most, self.max_pairs = most, max_pairs

    def entries(self, wallet: str, side: int, but: str, until: datetime | None = None) -> list[Entry]:
        """The payments of a wallet on one side, the latest and among those the largest first."""
        found = []
        for one in self.counting:
            own, across = nets(one, self.max_pairs)[:: 1 - 2 * side]
            if one.key != but and wallet in own and (until is None or one.at <= until):
                others = frozenset(across) - {wallet}
                found.append(Entry(one.at, own[wallet], others, len(others)))
        return sorted(found, key=lambda e: (e.at, e.net), reverse=True)

    def wallet(self, wallet: str, paid: Transaction) -> WalletHistory:
        sent, received = (self.entries(wallet, side, paid.key, paid.at) for side in (0, 1))
        values = [entry.net for entry in sent[: self.most]]
        mean = sum(values) / len(values) if values else None
        squares = sum(value * value for value in values)
        spread = sqrt(len(values) * squares - sum(values) ** 2) / len(values) if values else None
        return WalletHistory(
            wallet=wallet,
            sent_window=self.window(sent, paid.at, timedelta(seconds=300)),
            sent_hour=self.window(sent, paid.at, HOUR),
            sent_day=self.window(sent, paid.at, DAY),
            received_hour=self.window(received, paid.at, HOUR),
            received_day=self.window(received, paid.at, DAY),
            sent_count=self.count(sent, wallet, 0, paid),
            received_count=self.count(received, wallet, 1, paid),
            sampled=len(values),
            mean=mean,
            deviation=spread,
            near_threshold=sum(9_000_000 <= e.net < 10_000_000 for e in self.within(sent, paid.at, DAY)),
            first_at=min((entry.at for entry in sent + received), default=None),
            is_cut=any(len(self.within(side, paid.at, DAY, len(side))) > self.most for side in (sent, received)),
        )

    def within(self, entries: list[Entry], at: datetime, length: timedelta, most: int | None = None) -> list[Entry]:
        return [entry for entry in entries[: most or self.most] if entry.at > at - length]

    def window(self, entries: list[Entry], at: datetime, length: timedelta) -> Window:
        inside = self.within(entries, at, length)
        parties = {party for entry in inside for party in entry.parties}
        return Window(len(inside), sum(entry.net for entry in inside), len(parties))

    def count(self, entries: list[Entry], wallet: str, side: int, paid: Transaction) -> int:
        if len(entries) <= self.most:
            return len(entries)
        return sum(self.pairs(one, wallet, side) for one in self.counting if one.key != paid.key)

    def pairs(self, transaction: Transaction, wallet: str, side: int) -> int:
        """How many flows of the wallet a transaction adds to."""
        if len(transaction.inputs) * len(transaction.outputs) > self.max_pairs:
            own, across = gross(transaction)[:: 1 - 2 * side]
            return len([w for w, value in across.items() if value and w != wallet]) if own.get(wallet) else 0
        return len({pair for pair in pairs_of(transaction) if pair[side] == wallet and pair[0] != pair[1]})

    def paid_before(self, payers: Iterable[str], payees: Iterable[str], paid: Transaction) -> bool:
        wanted = {(u, v) for u in payers for v in payees if u != v}
        return any(wanted & self.moved(one) for one in self.counting if one.key != paid.key and one.at <= paid.at)

    def moved(self, transaction: Transaction) -> set[tuple[str, str]]:
        if len(transaction.inputs) * len(transaction.outputs) > self.max_pairs:
            given, taken = gross(transaction)
            return {(u, v) for u, sent in given.items() for v, got in taken.items() if sent and got}
        return set(pairs_of(transaction))

    def history(self, paid: Transaction, most_wallets: int = 10) -> History:
        sides = [sorted(side, key=lambda w: (-side[w], w)) for side in payment_sides(paid)]
        payers, payees = (side[:most_wallets] for side in sides)
        return History(
            payers=tuple(self.wallet(w, paid) for w in payers),
            payees=tuple(self.wallet(w, paid) for w in payees),
            paid_before=self.paid_before(payers, payees, paid),
            left_out=sum(max(0, len(side) - most_wallets) for side in sides),
        )
