"""The speeds that delivery and proof promise, at full size on servers of their own: each a row of the report."""

from __future__ import annotations

import pytest

from bench.figures import Sizes
from bench.suite import BENCHES, run_bench
from cli.bench import NAMES
from settings import load_settings
from tests.reliability import record


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", ["overload", "delivery", "appending", "kafka", "verifying"])
async def test_a_speed_is_as_promised(name: str) -> None:
    figures = await run_bench(name, load_settings(), Sizes(), keep=False, report=print)

    judged = [figure for figure in figures if figure.met is not None]
    for figure in judged:
        record(
            f"{name}: {figure.name}",
            n=1,
            failures=int(not figure.met),
            measured=figure.ours,
            unit=figure.unit,
            reference=figure.reference,
            ratio=figure.ratio,
            target=figure.target,
        )
    assert judged and [figure.name for figure in judged if not figure.met] == []


def test_every_benchmark_can_be_asked_for() -> None:
    assert tuple(BENCHES) == NAMES
