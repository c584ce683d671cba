"""What the parties of payments had done before them, by one question for all (design §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from graph import stretch
from graph.model import History, WalletHistory
from graph.session import Graph, Row
from graph.stretch import Before, Stretch
from graph.sums import at_micros, micros

MOST_WALLETS = 10
# A transaction of more counterparties is not looked into: they are counted, and not told from those of others.
MOST_PARTIES = 50
HOUR, DAY = 3_600_000_000, 86_400_000_000


class HistoryOf(Struct, frozen=True):
    """The payment whose parties are asked about: its key, time, and value by wallet on either side (micro-units)."""

    key: str
    at: datetime
    payers: Mapping[str, int]
    payees: Mapping[str, int]


class Looking(Struct, frozen=True):
    """What to look for: a window (microseconds), and payments with near_from <= value < near_below."""

    window: int
    near_from: int
    near_below: int

    @property
    def longest(self) -> int:
        """The longest of all windows, in microseconds."""
        return max(DAY, self.window)


class _Payment(Struct, frozen=True):
    """A payment with the wallets that are looked at."""

    key: str
    at: int
    payers: list[str]
    payees: list[str]
    left_out: int

    @property
    def wallets(self) -> list[str]:
        return sorted({*self.payers, *self.payees})


class _Sides(Struct, frozen=True):
    """What one wallet sent and received."""

    sent: Stretch
    received: Stretch

    def before(self, at: int, own: int | None) -> tuple[Before, Before]:
        return self.sent.before(at, own), self.received.before(at, own)


# By wallet and the time until which was asked.
_Read = dict[tuple[str, int], _Sides]
# By payment and wallet what had been sent and received.
_Befores = dict[tuple[str, str], tuple[Before, Before]]


async def get_histories(
    graph: Graph, payments: Sequence[HistoryOf], *, window_s: int, near_from: int, near_below: int
) -> dict[str, History]:
    """Return by payment key what its parties had done until its time, the payment itself left out, as known now.

    What moved at the payment's very time counts; a window ends there and begins just after its length before. Only
    value moved between wallets, or newly made, is a payment: not what a wallet pays itself, nor what moves nothing.
    `paid_before` is asked of the wallets in the history. One question answers a batch; wallets whose payments in it
    lie far apart take a second one.
    """
    given = [_payment(payment) for payment in payments]
    if not given:
        return {}
    looking = Looking(window_s * 1_000_000, near_from, near_below)
    times = _times(given)
    asked = [_ask(wallet, max(at), min(at) - looking.longest) for wallet, at in sorted(times.items())]
    own, read = await _read(graph, asked, given, max(map(len, times.values()), default=0))
    before = {
        (one.key, wallet): read[wallet, max(times[wallet])].before(one.at, own[one.key]["seq"])
        for one in given
        for wallet in one.wallets
    }
    before |= await _read_apart(graph, given, before, own, looking)
    return {one.key: _history(one, before, own[one.key], looking) for one in given}


async def _read_apart(
    graph: Graph, given: Sequence[_Payment], before: _Befores, own: Mapping[str, Row], looking: Looking
) -> _Befores:
    """Ask by itself about each wallet of which too little was read together."""
    apart = [
        (one, wallet)
        for one in given
        for wallet in one.wallets
        if not all(side.is_enough for side in before[one.key, wallet])
    ]
    if not apart:
        return {}
    _, read = await _read(graph, [_ask(wallet, one.at, one.at - looking.longest) for one, wallet in apart], [], 1)
    return {(one.key, wallet): read[wallet, one.at].before(one.at, own[one.key]["seq"]) for one, wallet in apart}


def _payment(payment: HistoryOf) -> _Payment:
    payers, payees = (sorted(side, key=lambda key: (-side[key], key)) for side in (payment.payers, payment.payees))
    left_out = max(0, len(payers) - MOST_WALLETS) + max(0, len(payees) - MOST_WALLETS)
    return _Payment(payment.key, micros(payment.at), payers[:MOST_WALLETS], payees[:MOST_WALLETS], left_out)


def _times(given: Sequence[_Payment]) -> dict[str, list[int]]:
    """The times at which each wallet is asked about."""
    times: dict[str, list[int]] = {}
    for one in given:
        for wallet in one.wallets:
            times.setdefault(wallet, []).append(one.at)
    return times


def _ask(wallet: str, until: int, since: int) -> Row:
    return {"wallet": wallet, "until": until, "since": since}


async def _read(
    graph: Graph, asked: Sequence[Row], given: Sequence[_Payment], times: int
) -> tuple[dict[str, Row], _Read]:
    """Ask about wallets, each at no more than so many times, and about the payments themselves."""
    # Each time brings a payment that may be there itself, and one beyond the history shows that it is cut.
    most = stretch.MOST + 1 + times
    payments = [{"id": one.key, "as_of": one.at, "payers": one.payers, "payees": one.payees} for one in given]
    bounds = {"most": most, "enough": stretch.MOST, "most_parties": MOST_PARTIES}
    [row] = await graph.read("get_histories", stretches=asked, payments=payments, **bounds)
    read = {
        (one["wallet"], one["until"]): _Sides(Stretch.of(one["sent"], most), Stretch.of(one["received"], most))
        for one in row["wallets"]
    }
    return {one["id"]: one for one in row["payments"]}, read


def _history(one: _Payment, before: _Befores, own: Row, looking: Looking) -> History:
    of = {wallet: _wallet_history(wallet, *before[one.key, wallet], looking) for wallet in one.wallets}
    return History(
        payers=tuple(of[wallet] for wallet in one.payers),
        payees=tuple(of[wallet] for wallet in one.payees),
        paid_before=own["paid_before"],
        left_out=one.left_out,
    )


def _wallet_history(wallet: str, sent: Before, received: Before, looking: Looking) -> WalletHistory:
    if not sent.size and not received.size:
        return WalletHistory(wallet=wallet)
    out, back = sent.windows((looking.window, HOUR, DAY)), received.windows((HOUR, DAY))
    sampled, mean, deviation = sent.habit()
    first = min((at for at in (sent.first_at, received.first_at) if at is not None), default=None)
    return WalletHistory(
        wallet=wallet,
        sent_window=out[looking.window],
        sent_hour=out[HOUR],
        sent_day=out[DAY],
        received_hour=back[HOUR],
        received_day=back[DAY],
        sent_count=sent.count,
        received_count=received.count,
        sampled=sampled,
        mean=mean,
        deviation=deviation,
        near_threshold=sent.between(looking.near_from, looking.near_below, DAY),
        first_at=None if first is None else at_micros(first),
        is_cut=sent.is_cut(looking.longest) or received.is_cut(DAY),
    )
