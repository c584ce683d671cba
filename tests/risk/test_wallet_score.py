"""One formula for a wallet, whether it is asked alone or with all others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.wallet_score import wallet_score

unit = st.floats(0, 1)


@pytest.mark.parametrize(
    ("source", "destination", "own", "score"),
    [
        (0, 0, 0, 0),
        (0.5, 0, 0, 0.5),
        (0.5, 0.5, 0, 0.75),
        (1, 0.3, 0, 1),
        (0.2, 0, 0.75, 0.75),
        (0.9, 0.9, 0.75, 0.99),
    ],
)
def test_both_sides_combine_and_its_own_category_is_a_floor(
    source: float, destination: float, own: float, score: float
) -> None:
    assert wallet_score(float(source), float(destination), float(own)) == pytest.approx(score)


@given(st.lists(st.tuples(unit, unit, unit), min_size=1, max_size=20))
def test_arrays_give_what_floats_give(rows: list[tuple[float, float, float]]) -> None:
    source, destination, own = (np.asarray(column) for column in zip(*rows, strict=True))

    together = wallet_score(source, destination, own)

    assert together.tolist() == [float(wallet_score(*row)) for row in rows]


@given(unit, unit, unit)
def test_a_score_stays_in_bounds_and_below_none_of_its_parts(source: float, destination: float, own: float) -> None:
    score = float(wallet_score(source, destination, own))

    assert 0 <= score <= 1
    assert score >= max(source, destination, own) - 1e-12


def test_rounding_beyond_one_is_cut() -> None:
    assert float(wallet_score(1.0000000001, 0.5, 0.0)) <= 1
