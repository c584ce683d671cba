"""A program has the database plan its queries when it starts, unless it is told not to."""

from __future__ import annotations

from typing import Literal

import pytest
from msgspec.structs import replace

from jobs.rehearsing import rehearse_in_turn
from jobs.services import Services


@pytest.mark.parametrize(("rehearse", "least", "most"), [("on", 30, 500), ("off", 0, 0)])
async def test_queries_are_planned_before_anybody_asks(
    services: Services, rehearse: Literal["on", "off"], least: int, most: int
) -> None:
    services.settings = replace(services.settings, graph=replace(services.settings.graph, rehearse=rehearse))
    asked = 0

    def is_over() -> bool:
        """Asked before each query."""
        nonlocal asked
        asked += 1
        return False

    await rehearse_in_turn(services, is_over=is_over)

    assert least <= asked <= most
