"""How far an exposure may go: for whom somebody waits, for who asks for more, and for what is recorded."""

from __future__ import annotations

import pytest

from graph.errors import InvalidInput
from jobs.services import Services


def test_what_is_recorded_may_go_further_than_what_somebody_waits_for(services: Services) -> None:
    assert (services.limits.max_flows, services.limits_of(None).max_flows) == (1_000_000, 30_000)
    assert services.tracing("source", 3).limits == services.limits
    assert services.tracing("source", 3, limits=services.limits_of(7)).limits.max_flows == 7


@pytest.mark.parametrize(("flows", "seconds"), [(None, 2), (1, 2), (30_000, 2), (60_000, 4), (1_000_000, 20)])
def test_who_asks_for_more_flows_gets_more_time_up_to_ten_times(
    services: Services, flows: int | None, seconds: float
) -> None:
    assert services.limits_of(flows).timeout_s == seconds


def test_more_than_the_setting_allows_is_refused_by_name(services: Services) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.limits_of(1_000_001)
    assert [error.field for error in refused.value.errors] == ["max_flows"]
