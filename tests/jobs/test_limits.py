"""How far an exposure may go: for whom somebody waits, for who asks for more, and for what is recorded."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from graph.errors import InvalidInput
from jobs.patterns import allowed_s
from jobs.services import Services
from risk.rules import GraphQuery
from settings import Settings
from tests.servers import Servers


@pytest.fixture
def settings(servers: Servers) -> Settings:
    """What an installation has where nobody sets anything."""
    return servers.settings(live_timeout_s="2", rule_patience="1")


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


@pytest.mark.parametrize(("patience", "seconds"), [(1.0, 0.25), (4.0, 1.0)])
def test_a_graph_rule_gets_the_time_it_states_or_so_many_times_that(
    services: Services, patience: float, seconds: float
) -> None:
    services.settings = replace(services.settings, graph=replace(services.settings.graph, rule_patience=patience))

    assert allowed_s(services, GraphQuery(cypher="RETURN 1", timeout_ms=250)) == seconds
