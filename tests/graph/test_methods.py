"""Methods that respect time: textbook cases by hand, a slow second opinion in fractions, and what must always hold."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from fractions import Fraction

import numpy as np
import pytest

from graph.methods.ground import OPEN, PASSES, Met, lay_ground
from graph.methods.tracing import TimedMethod, trace_transfers
from graph.transfers import Transfers

METHODS: tuple[TimedMethod, ...] = ("time_ordered_haircut", "fifo")
BOTH = pytest.mark.parametrize("method", METHODS)
# A transfer as it is drawn: payer, payee, micro-units.
Drawn = tuple[str, str, int]
# By kind and hops, `origin` or `unspent` and what is over the limit among the kinds.
Told = dict[str, float]


def transfers_of(drawn: list[Drawn]) -> Transfers:
    keys = sorted({name for payer, payee, _ in drawn for name in (payer, payee)})
    index = {name: place for place, name in enumerate(keys)}
    payers, payees = (np.asarray([index[one[side]] for one in drawn], np.int32) for side in (0, 1))
    values = np.asarray([one[2] for one in drawn], np.int64)
    return Transfers(keys, [""] * len(keys), payers, payees, values, np.arange(len(drawn)))


def traced(
    drawn: list[Drawn],
    stops: dict[str, str],
    method: TimedMethod,
    *,
    direction="source",
    hops: int = 3,
    passes: tuple[str, ...] = (),
    compiled: bool = False,
) -> tuple[Met, Transfers, list[str]]:
    transfers = transfers_of(drawn)
    names = sorted({stops[key] for key in transfers.keys if key in stops})
    kinds = [names.index(stops[key]) if key in stops else PASSES if key in passes else OPEN for key in transfers.keys]
    ground = lay_ground(transfers, kinds, direction=direction, hops=hops, compiled=compiled)
    return trace_transfers(ground, method), transfers, names


def told(drawn: list[Drawn], stops: dict[str, str], method: TimedMethod, wallet: str, **more) -> Told:
    """Shares of what a wallet was given, by name; they are checked to be all of it."""
    met, transfers, names = traced(drawn, stops, method, **more)
    place = transfers.keys.index(wallet)
    end = "unspent" if more.get("direction") == "destination" else "origin"
    found = {name: float(sum(hops)) for name, hops in _by_kind(met, place, names, end).items()}
    found["hop_limit"] = float(met.hop_limit[place])
    total = float(met.totals[place])
    assert sum(found.values()) == pytest.approx(total, abs=1e-9 * max(1.0, total))
    if method == "fifo":
        assert sum(found.values()) == total, "to the micro-unit"
    return {name: value / total for name, value in found.items() if value}


def _by_kind(met: Met, place: int, names: list[str], end: str) -> dict[str, list[float]]:
    """What a wallet was given of each kind and of the end, hop by hop."""
    return {name: units[place].tolist() for name, units in zip((end, *names), (met.end, *met.kinds), strict=True)}


def test_claytons_case_takes_the_oldest_money_first() -> None:
    """10 clean, then 10 dirty, then 10 paid on: FIFO says clean, the haircut half."""
    drawn = [("clean", "w", 10), ("thief", "w", 10), ("w", "a", 10), ("w", "b", 10)]
    stops = {"thief": "theft"}

    assert told(drawn, stops, "fifo", "a") == {"origin": 1}
    assert told(drawn, stops, "fifo", "b") == {"theft": 1}
    assert told(drawn, stops, "time_ordered_haircut", "a") == {"theft": 0.5, "origin": 0.5}
    assert told(drawn, stops, "time_ordered_haircut", "b") == {"theft": 0.5, "origin": 0.5}


def test_dirty_money_first_goes_first() -> None:
    drawn = [("thief", "w", 10), ("clean", "w", 10), ("w", "a", 15)]
    stops = {"thief": "theft"}

    assert told(drawn, stops, "fifo", "a") == {"theft": pytest.approx(2 / 3), "origin": pytest.approx(1 / 3)}
    assert told(drawn, stops, "time_ordered_haircut", "a") == {"theft": 0.5, "origin": 0.5}


@BOTH
def test_money_that_comes_later_was_not_what_was_paid(method: TimedMethod) -> None:
    """A haircut over all time would say a half; what w had not yet received, it had from elsewhere."""
    drawn = [("clean", "w", 10), ("w", "a", 10), ("thief", "w", 10)]

    assert told(drawn, {"thief": "theft"}, method, "a") == {"origin": 1}


@BOTH
def test_what_a_wallet_pays_beyond_what_it_had_came_from_outside(method: TimedMethod) -> None:
    drawn = [("thief", "w", 10), ("w", "a", 40)]

    assert told(drawn, {"thief": "theft"}, method, "a") == {"theft": 0.25, "origin": 0.75}


@BOTH
def test_the_balance_is_what_is_left_after_paying(method: TimedMethod) -> None:
    """All that was dirty went to b; what came after is clean."""
    drawn = [("thief", "w", 10), ("w", "b", 10), ("clean", "w", 10), ("w", "a", 10)]

    assert told(drawn, {"thief": "theft"}, method, "a") == {"origin": 1}
    assert told(drawn, {"thief": "theft"}, method, "b") == {"theft": 1}


@BOTH
def test_hops_are_counted_and_what_is_beyond_them_is_told(method: TimedMethod) -> None:
    drawn = [("thief", "m", 10), ("m", "n", 10), ("n", "a", 10)]
    stops = {"thief": "theft"}

    assert told(drawn, stops, method, "a", hops=3) == {"theft": 1}
    assert told(drawn, stops, method, "a", hops=2) == {"hop_limit": 1}
    assert told(drawn, stops, method, "m", hops=1) == {"theft": 1}
    assert told([("x", "a", 10)], stops, method, "a", hops=1) == {"hop_limit": 1}, "as by haircut: nobody looked"
    assert told([("x", "a", 10)], stops, method, "a", hops=2) == {"origin": 1}


@BOTH
def test_tracing_stops_at_a_service(method: TimedMethod) -> None:
    drawn = [("thief", "shop", 10), ("shop", "a", 10)]

    assert told(drawn, {"thief": "theft", "shop": "exchange"}, method, "a") == {"exchange": 1}
    assert told(drawn, {"thief": "theft", "shop": "exchange"}, method, "shop") == {"theft": 1}


@BOTH
def test_money_goes_round(method: TimedMethod) -> None:
    drawn = [("thief", "a", 10), ("a", "b", 10), ("b", "a", 10)]

    assert told(drawn, {"thief": "theft"}, method, "a", hops=3) == {"theft": 1}
    assert told(drawn, {"thief": "theft"}, method, "a", hops=2) == {"theft": 0.5, "hop_limit": 0.5}


@BOTH
def test_what_passed_a_pass_through_wallet_is_counted_once(method: TimedMethod) -> None:
    drawn = [("thief", "dex", 10), ("dex", "m", 10), ("m", "a", 10), ("x", "a", 10)]
    met, transfers, _ = traced(drawn, {"thief": "theft"}, method, passes=("dex",))

    passed = dict(zip(transfers.keys, met.passed.tolist(), strict=True))
    assert passed == {"a": 10, "dex": 0, "m": 10, "thief": 0, "x": 0}
    near, _, _ = traced(drawn, {"thief": "theft"}, method, passes=("dex",), hops=1)
    assert dict(zip(transfers.keys, near.passed.tolist(), strict=True)) == {
        "a": 0,
        "dex": 0,
        "m": 10,
        "thief": 0,
        "x": 0,
    }


def test_where_money_went_is_where_its_units_went() -> None:
    """w pays 10 into m, which held 10 already: by FIFO those go to the thief, w's to the shop."""
    drawn = [("x", "m", 10), ("w", "m", 10), ("m", "thief", 10), ("m", "shop", 5)]
    stops = {"thief": "theft", "shop": "exchange"}

    fifo = told(drawn, stops, "fifo", "w", direction="destination")
    haircut = told(drawn, stops, "time_ordered_haircut", "w", direction="destination")

    assert fifo == {"exchange": 0.5, "unspent": 0.5}
    assert haircut == {"theft": 0.5, "exchange": 0.25, "unspent": 0.25}


@BOTH
def test_what_went_out_before_it_came_is_not_where_it_went(method: TimedMethod) -> None:
    drawn = [("m", "thief", 10), ("w", "m", 10)]

    assert told(drawn, {"thief": "theft"}, method, "w", direction="destination") == {"unspent": 1}


def random_transfers(seed: int, *, wallets: int = 9, rows: int = 60) -> tuple[list[Drawn], dict[str, str]]:
    chance = random.Random(seed)
    names = [f"w{i}" for i in range(wallets)]
    drawn = [(*chance.sample(names, 2), chance.randint(1, 10 ** chance.randint(0, 9))) for _ in range(rows)]
    return drawn, {"w0": "theft", "w1": "exchange", "w2": "scam"}


def many_kinds(seed: int, *, wallets: int = 26, rows: int = 100) -> tuple[list[Drawn], dict[str, str]]:
    """Some kinds of stops for each thread."""
    drawn, _ = random_transfers(seed, wallets=wallets, rows=rows)
    return drawn, {f"w{i}": f"kind {i}" for i in range(4, 24)}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("direction", ["source", "destination"])
@BOTH
def test_the_reference_says_the_same(method: TimedMethod, direction: str, seed: int) -> None:
    drawn, stops = many_kinds(seed) if seed % 3 == 0 else random_transfers(seed)
    hops = 1 + seed % 6
    met, transfers, names = traced(drawn, stops, method, direction=direction, hops=hops, passes=("w3",))
    reference = _reference(drawn, stops, {"w3"}, method, direction, hops)
    for place, key in enumerate(transfers.keys):
        expected, passed = reference[key]
        found = {}
        for name, by_hop in _by_kind(met, place, names, "end").items():
            found |= {(name, hop): units for hop, units in enumerate(by_hop, start=1) if units}
        if over := float(met.hop_limit[place]):
            found["hop_limit", 0] = over
        total = max(1, int(met.totals[place]))
        assert found.keys() >= {name for name, value in expected.items() if value > 1e-9 * total}
        assert all(value == pytest.approx(float(expected[name]), abs=1e-9 * total) for name, value in found.items())
        assert met.passed[place] == pytest.approx(float(passed), abs=1e-9 * total)
        if method == "fifo":
            assert sum(found.values()) == int(met.totals[place])


@pytest.mark.parametrize("seed", range(6))
@BOTH
def test_source_and_destination_are_one_matching(method: TimedMethod, seed: int) -> None:
    """What the sink got from the source is what the source sent to the sink, over hops enough."""
    drawn, _ = random_transfers(seed, wallets=6, rows=14)
    stops, hops = {"w0": "theft", "w1": "exchange"}, 20
    came, transfers, names = traced(drawn, stops, method, hops=hops)
    went, _, _ = traced(drawn, stops, method, direction="destination", hops=hops)

    def units(met: Met, wallet: str, kind: str) -> float:
        if wallet not in transfers.keys or kind not in names:
            return 0.0
        return sum(_by_kind(met, transfers.keys.index(wallet), names, "end")[kind])

    assert units(came, "w1", "theft") == pytest.approx(units(went, "w0", "exchange"), rel=1e-9)


@BOTH
@pytest.mark.parametrize("direction", ["source", "destination"])
def test_compiled_loops_give_the_same_bits(method: TimedMethod, direction: str) -> None:
    drawn, stops = many_kinds(3, wallets=40, rows=800)

    slow, _, _ = traced(drawn, stops, method, direction=direction, passes=("w3",))
    fast, _, _ = traced(drawn, stops, method, direction=direction, passes=("w3",), compiled=True)

    for one, other in zip(
        (slow.end, *slow.kinds, slow.hop_limit), (fast.end, *fast.kinds, fast.hop_limit), strict=True
    ):
        assert one.tobytes() == other.tobytes()
    assert slow.passed.tobytes() == fast.passed.tobytes()


@BOTH
def test_what_comes_later_changes_nothing_of_what_was_received(method: TimedMethod) -> None:
    drawn, stops = random_transfers(5, rows=80)
    later = [(payer, payee, value) for payer, payee, value in random_transfers(6, rows=80)[0] if payee != "w8"]

    alone, then = (told(rows, stops, method, "w8") for rows in (drawn, drawn + later))

    assert then == pytest.approx(alone)


def _reference(drawn: list[Drawn], stops: dict[str, str], passes: set[str], method: str, direction: str, hops: int):  # noqa: PLR0917
    """What each wallet was given, by kind and hop, and what of it passed: (dict, Fraction)."""
    names = {name for payer, payee, _ in drawn for name in (payer, payee)}
    if direction == "source":
        return _came(drawn, stops, passes, method, hops)
    return {name: _went(drawn, stops, passes, method, hops, name) for name in names}


class _Held:
    """What a wallet holds, as parcels of a mark: the haircut takes from all in proportion, FIFO from the front."""

    def __init__(self, method: str) -> None:
        self._is_fifo, self._parcels = method == "fifo", deque()

    def give(self, parcels) -> None:
        self._parcels.extend((mark, size) for mark, size in parcels if size)
        if not self._is_fifo:
            sums = defaultdict(Fraction)
            for mark, size in self._parcels:
                sums[mark] += size
            self._parcels = deque(sums.items())

    def take(self, value: int):
        total = sum(size for _, size in self._parcels)
        part, left = min(Fraction(1), Fraction(value) / total) if total else Fraction(0), Fraction(value)
        kept, taken = deque(), []
        for mark, size in self._parcels:
            out = min(size, left) if self._is_fifo else size * part
            left -= out
            taken.append((mark, out))
            if size > out:
                kept.append((mark, size - out))
        self._parcels = kept
        return [one for one in taken if one[1]]

    def __iter__(self):
        return iter(self._parcels)


def _came(drawn, stops, passes, method, hops):
    """A mark is a kind with its hops, and the hops since it passed (0: it did not, within them)."""
    held, met = defaultdict(lambda: _Held(method)), defaultdict(lambda: [defaultdict(Fraction), Fraction(0)])
    for payer, payee, value in drawn:
        if payer in stops:
            moved = [(((stops[payer], 1), 0), Fraction(value))]
        else:
            taken = held[payer].take(value)
            taken.append(((("end", 1), 0), value - sum(size for _, size in taken)))
            moved = []
            for ((kind, hop), age), size in taken:
                name = (kind, hop + 1) if kind != "hop_limit" and hop < hops else ("hop_limit", 0)
                moved.append(((name, 1 if payer in passes else age + 1 if 0 < age < hops else 0), size))
        for (name, age), size in moved:
            met[payee][0][name] += size
            met[payee][1] += size if age else 0
        if payee not in stops:
            held[payee].give(moved)
    return met


def _went(drawn, stops, passes, method, hops, wallet):  # noqa: PLR0917
    """A mark is how many hops ago the wallet paid these units, each time that it did, and whether they passed since."""
    held, met, passed = defaultdict(lambda: _Held(method)), defaultdict(Fraction), Fraction(0)
    for payer, payee, value in drawn:
        taken = [((), Fraction(value))] if payer in stops else held[payer].take(value)
        taken.append(((), value - sum(size for _, size in taken)))
        moved = []
        for mark, size in taken:
            sent = [*mark, (0, False)] if payer == wallet else mark
            after = [(hop + 1, so_far or payee in passes) for hop, so_far in sent]
            over = [one for one in after if one[0] == hops and payee not in stops]
            passed += size * sum(so_far for _, so_far in over)
            met["hop_limit", 0] += size * len(over)
            ended = [one for one in after if payee in stops]
            for hop, so_far in ended:
                met[stops[payee], hop] += size
                passed += size * so_far
            moved.append((tuple(one for one in after if one[0] < hops), size))
        if payee not in stops:
            held[payee].give(moved)
    for holding in held.values():
        for mark, size in holding:
            for hop, so_far in mark:
                met["end", hop + 1] += size
                passed += size * so_far
    return met, passed
