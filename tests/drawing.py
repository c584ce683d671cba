"""Random small graphs: what the properties about exposure are tried on."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from graph.model import Exposure, Transaction
from tests.builders import transfer

NAMES = "abcdefg"
LABELS = ("scam", "sanctions", "exchange", "dex")
DIRECTIONS = ("source", "destination")

parties = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([1, 2.5, 7, 0.000001, 0])), min_size=1, max_size=3)


@st.composite
def transfers(draw) -> Transaction:
    """One to three payers (or a coinbase) and payees, amounts that may be 0, wallets that may pay themselves."""
    outputs = draw(parties)
    spent = sum(units for _, units in outputs)
    inputs = draw(st.one_of(parties, st.just([])))
    if inputs:  # the first payer pays what is missing and a fee, so that inputs cover outputs
        inputs = [(inputs[0][0], inputs[0][1] + spent + draw(st.sampled_from([0, 0.3]))), *inputs[1:]]
    return transfer(inputs, outputs, day=draw(st.integers(0, 5)))


def shares(exposure: Exposure) -> dict[str, object]:
    """Category -> (share, direct share, shortest hops), residual -> share."""
    named = {c.category: (c.share, c.direct_share, c.shortest_hops) for c in exposure.categories}
    return named | {r.reason: r.share for r in exposure.residuals}


def agree(found: dict, expected: dict, within: float = 1e-9) -> None:
    """Equal to 1e-9; what is smaller than that may be missing on either side."""
    for name in set(found) | set(expected):
        share, direct, hops = expected.get(name, (0.0, 0.0, 0))
        have = found.get(name, 0.0)
        if not isinstance(have, tuple | list):
            assert have == pytest.approx(share, abs=within), name
            continue
        assert tuple(have[:2]) == pytest.approx((share, direct), abs=within), name
        assert have[2] == hops or share < within, name
