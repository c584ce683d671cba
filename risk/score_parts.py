"""What a score is made of, before and after: which part of it moved, and how much that weighs. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph.model import Category, ModelSignal, ScorePart, WalletScore
from risk.causes import LEAST, moves


def score_parts(
    before: WalletScore | None, after: WalletScore | None, categories: Mapping[str, Category]
) -> tuple[ScorePart, ...]:
    """Return the parts that moved, those that count most first."""
    found = [*_exposure(before, after, categories), *_own(before, after, categories), *_models(before, after)]
    return tuple(sorted(found, key=lambda part: (-abs(part.weight), part.kind, part.name)))


def _exposure(
    before: WalletScore | None, after: WalletScore | None, categories: Mapping[str, Category]
) -> Iterator[ScorePart]:
    # One that is gone is one that came, seen from the other side.
    gone = after is None
    for move in moves(None, before) if gone and before else moves(before, after) if after else ():
        was, now = (move.after, 0.0) if gone else (move.before, move.after)
        severity = _severity(move.category, categories)
        yield ScorePart(kind=move.direction, name=move.category, before=was, after=now, weight=severity * (now - was))


def _own(
    before: WalletScore | None, after: WalletScore | None, categories: Mapping[str, Category]
) -> Iterator[ScorePart]:
    was, now = before and before.category, after and after.category
    if was != now:
        for name, had, has in ((was, 1.0, 0.0), (now, 0.0, 1.0)):
            if name:
                weight = _severity(name, categories) * (has - had)
                yield ScorePart(kind="category", name=name, before=had, after=has, weight=weight)


def _models(before: WalletScore | None, after: WalletScore | None) -> Iterator[ScorePart]:
    was, now = _champions(before), _champions(after)
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name), now.get(name)
        weight = _counted(new) - _counted(old)
        had, has = old.value if old else None, new.value if new else None
        if abs(weight) > LEAST or abs((had or 0.0) - (has or 0.0)) > LEAST:
            yield ScorePart(kind="model", name=name, before=had, after=has, weight=weight)


def _champions(score: WalletScore | None) -> dict[str, ModelSignal]:
    return {one.name: one for one in score.signals if one.state == "champion"} if score else {}


def _counted(signal: ModelSignal | None) -> float:
    return signal.weight * signal.value if signal and signal.value is not None else 0.0


def _severity(name: str, categories: Mapping[str, Category]) -> float:
    category = categories.get(name)
    return category.severity if category and category.class_ == "illicit" else 0.0
