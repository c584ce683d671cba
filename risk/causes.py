"""What changed about a wallet's score, and why, in words made of the numbers and changes themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from graph.model import Category, Cause, Direction, WalletScore, format_micro
from risk.explanation import percent

LEAST = 1e-12
# What moved by less is stored, and told once it has added up to more: one payment moves hundreds of wallets by a
# billionth, and nobody asks why.
TOLD = 1e-6
NAMED = 2
_NUMBERS = ("score", "hop_score", "illicit_source_share", "illicit_destination_share")
_SIDE: dict[Direction, tuple[str, str]] = {"source": ("inflow", "up"), "destination": ("outflow", "down")}
_ATTRIBUTION = {
    "attribution_recorded": "was recorded on",
    "attribution_withdrawn": "was withdrawn from",
    "attribution_superseded": "was superseded on",
    "attribution_began": "began to hold for",
    "attribution_ended": "ceased to hold for",
}
_TRANSACTION = {
    "transaction_landed": "landed, with money of",
    "transaction_relanded": "landed again, with money of",
    "transaction_withdrawn": "was withdrawn, with money of",
}


class Move(Struct, frozen=True):
    """The share of one category on one side, before and after; `hops` is the shortest where there is a share."""

    direction: Direction
    category: str
    before: float
    after: float
    hops: int


def moved(before: WalletScore | None, after: WalletScore) -> float:
    """How far a score, or a category's share on either side, moved at the most.

    Infinite where the wallet's own category or the illicit wallets near it changed, and for one that had no score, if
    there is anything to tell of it.
    """
    if before is None:
        return math.inf if after.category or any(after.hop_counts) or moves(None, after) else 0.0
    if (before.category, tuple(before.hop_counts)) != (after.category, tuple(after.hop_counts)):
        return math.inf
    most: float = max(abs(getattr(before, name) - getattr(after, name)) for name in _NUMBERS)
    for direction in _SIDE:
        old, new = _categories(before, direction), _categories(after, direction)
        for name in old.keys() | new.keys():
            most = max(most, abs(new.get(name, _NONE)[0] - old.get(name, _NONE)[0]))
    return most


def differs(one: WalletScore, other: WalletScore, most: float) -> bool:
    """Whether anything of two scores is more than `most` apart."""
    return moved(one, other) > most


def moves(before: WalletScore | None, after: WalletScore) -> list[Move]:
    """Every category whose share moved, on either side, those that moved most first."""
    found = []
    for direction in _SIDE:
        old, new = _categories(before, direction), _categories(after, direction)
        for category in sorted(set(old) | set(new)):
            was, now = old.get(category, _NONE), new.get(category, _NONE)
            if abs(now[0] - was[0]) > LEAST:
                found.append(Move(direction, category, was[0], now[0], int(now[2] or was[2])))
    return sorted(found, key=lambda move: -abs(move.after - move.before))


def tell(
    before: WalletScore | None, after: WalletScore, causes: Sequence[Cause], categories: Mapping[str, Category]
) -> str:
    """Say what moved most and which changes did it; what weighs by severity comes before what does not."""
    named = f" because {_because(causes, after.wallet)}" if causes else ", for more changes than can be told apart"
    return _what(before, after, categories).replace("\0", "\ufffd") + named.replace("\0", "\ufffd")


def _what(before: WalletScore | None, after: WalletScore, categories: Mapping[str, Category]) -> str:
    was = before.category if before else None
    if was != after.category:
        return f"the wallet itself went from {_plain(was)} to {_plain(after.category)}"

    def weight(move: Move) -> tuple[float, float]:
        part = abs(move.after - move.before)
        return categories[move.category].severity * part if move.category in categories else 0.0, part

    if found := moves(before, after):
        most = max(found, key=weight)
        side, way = _SIDE[most.direction]
        near = f" ({most.hops} hop{'s' if most.hops > 1 else ''} {way} the flows at the nearest)" if most.hops else ""
        rose = "rose" if most.after > most.before else "fell"
        was_at, now_at = percent(most.before), percent(most.after)
        points = f"{100 * abs(most.after - most.before):.2g} percentage points"
        change = f"from {was_at} to {now_at}" if was_at != now_at else f"by {points} to {now_at}"
        return f"{_plain(most.category)} share of {side} {rose} {change}{near}"
    if before is not None and before.hop_score == after.hop_score and before.signals != after.signals:
        return f"models judge the wallet otherwise: its score went from {before.score:.4g} to {after.score:.4g}"
    return f"hop score went from {before.hop_score if before else 0:.4g} to {after.hop_score:.4g}"


def _because(causes: Sequence[Cause], wallet: str) -> str:
    told = [_cause(cause, wallet) for cause in causes[:NAMED]]
    more = len(causes) - len(told)
    return ", and because ".join(told) + (f", and {more} more change{'s' if more > 1 else ''}" if more else "")


def _cause(cause: Cause, wallet: str) -> str:
    where = "this wallet" if cause.wallet == wallet else cause.wallet
    if cause.kind in _ATTRIBUTION:
        said = ", ".join(part for part in (_plain(cause.category), cause.actor, cause.source) if part)
        return f"{cause.id} ({said}) {_ATTRIBUTION[cause.kind]} {where}"
    return f"{cause.id} ({format_micro(cause.value or 0)}) {_TRANSACTION[cause.kind]} {where}"


_NONE = (0.0, 0.0, 0)


def _categories(score: WalletScore | None, direction: Direction) -> dict[str, Any]:
    if score is None:
        return {}
    shares: dict[str, Any] = getattr(score, direction)["categories"]
    return shares


def _plain(category: str | None) -> str:
    return category.replace("_", " ") if category else "unattributed"
