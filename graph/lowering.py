"""Asking for the most valuable first: with a high least value, then lower ones, as far as the time goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import isqrt
from time import monotonic

from msgspec import Struct

from graph.errors import QueryCut
from graph.session import Row

Ask = Callable[[int, float], Awaitable[list[Row]]]

# The first question leaves out what is below a hundredth of the whole. What answers quickly is then asked for all.
FIRST_PART, NEXT_PART = 100, 10
QUICK_S, TOO_SHORT_S = 0.015, 0.02
PATIENCE = 10


class Lowered(Struct):
    """The best rows of at least `complete` each; None when even the first question was cut.

    `cut` is the highest least value that took too long, 0 while none did.
    """

    rows: list[Row]
    complete: int | None = None
    cut: int = 0


async def lower(ask: Ask, *, is_enough: Callable[[list[Row]], bool], whole: int, timeout_s: float) -> Lowered:
    """Ask with lower and lower least values until the rows are enough, nothing is left out, or the time is over.

    `ask(least, timeout_s)` returns the best rows of at least `least`, or raises QueryCut. `whole` is the value that no
    row is above; it only sets where to begin.
    """
    best, deadline = Lowered([]), monotonic() + timeout_s
    least, began = max(1, whole // FIRST_PART), monotonic()
    allowed_s = timeout_s
    while True:
        try:
            best.rows = await ask(least, allowed_s)
        except QueryCut:
            best.cut = least
            if best.complete is None and least < whole:
                # What took so long may have been the first planning: once more, for less and with patience.
                least, allowed_s = whole, timeout_s * PATIENCE
                continue
        else:
            best.complete = least
            if least == 1 or is_enough(best.rows):
                return best
        now = monotonic()
        least, allowed_s = _next(best, now - began), (deadline - now) / 2
        if not least or allowed_s < TOO_SHORT_S:
            return best
        began = now


def _next(best: Lowered, took_s: float) -> int:
    """The least value to try next: halfway (by factors) to what was cut; 0 when that is too near to tell more."""
    if best.complete is None:
        return 0
    if best.cut:
        middle = isqrt(best.complete * best.cut)
        return middle if middle > best.cut and best.complete > 2 * best.cut else 0
    return 1 if took_s < QUICK_S else max(1, best.complete // NEXT_PART)
