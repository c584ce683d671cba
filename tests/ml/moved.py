"""Draw movements in rows: `moved(("a", "b", 5, 0.5))` is a paying b five units half a day after the start."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from hypothesis import strategies as st

from graph.taxonomy import load_taxonomy
from ml.movements import Attributed, Movements

# A Monday, midnight.
START = 18_267 * 86_400 * 10**6
NAMES = "abcdefg"
Payment = tuple[str, str, float, float]

payments = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([1, 2.5, 7, 0.000001]), st.integers(0, 5)
).filter(lambda one: one[0] != one[1])
histories = st.lists(payments, max_size=14)
categories = st.dictionaries(
    st.sampled_from(NAMES), st.sampled_from(["scam", "sanctions", "exchange", "dex"]), max_size=4
)


def moved(*paid: Payment, wallets: Iterable[str] = ()) -> Movements:
    """Payments of one transaction each, in order of time; `wallets` are there besides."""
    rows = sorted(paid, key=lambda one: one[3])
    keys = sorted({*wallets, *(name for one in paid for name in one[:2])})
    columns = [
        np.asarray(column, np.int64).reshape(len(rows))
        for column in (
            [keys.index(one[0]) for one in rows],
            [keys.index(one[1]) for one in rows],
            [round(one[2] * 10**6) for one in rows],
            [START + round(one[3] * 86_400 * 10**6) for one in rows],
            range(len(rows)),
        )
    ]
    return Movements(keys, *columns)


def attributed(movements: Movements, **categories: str) -> Attributed:
    """What is known of wallets, by the shipped taxonomy."""
    return Attributed([categories.get(key, "") for key in movements.keys], tuple(load_taxonomy().categories.values()))
