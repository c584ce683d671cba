"""Exposure, stops and live scores on the wire: clocks, the split by designation, and what is refused."""

from __future__ import annotations

import httpx
import pytest
from msgspec.structs import replace

from api.app import create_app
from graph.attributions import attribution_id
from graph.model import Attribution, Role
from graph.session import Graph
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from settings import Settings
from tests.api.conftest import bearer, calling, fields, problem
from tests.builders import START, attribute, key, label, land, pay
from tests.graph.drawn import day

URL = "/api/v1/wallets/acct:w"


@pytest.fixture
async def drawn(graph: Graph, taxonomy: Taxonomy) -> None:
    """A listed wallet pays w before and after its listing; what another paid is withdrawn."""
    listed = Attribution(id="", wallet=key("listed"), category="sanctions", source="OFAC", valid_from=day(2))
    await attribute(graph, taxonomy, replace(listed, id=attribution_id(listed)))
    await land(graph, pay("listed", "w", 1, day=1), pay("listed", "w", 2, day=2), pay("x", "w", 1, day=3))
    await land(graph, pay("y", "w", 4, id="gone", day=3))
    await withdraw_transaction(graph, key("gone"))


@pytest.mark.usefixtures("drawn")
async def test_exposure_tells_what_moved_before_the_listing(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"{URL}/exposure")).json()

    [listed] = body["categories"]
    assert (listed["share"], listed["before_designation_share"], listed["after_designation_share"]) == (0.75, 0.25, 0.5)
    assert (body["total_value"], body["hubs"]) == ("4", [])
    assert (body["as_of"], body["known_at"], body["pool_above"]) == (None, None, None)


@pytest.mark.usefixtures("drawn")
async def test_both_clocks_are_heard_and_told(client: httpx.AsyncClient, graph: Graph) -> None:
    landed = (await client.get("/api/v1/transactions/acct:gone")).json()["recorded_at"]

    then = (await client.get(f"{URL}/exposure", params={"as_of": "2020-01-02T01:00:00+01:00"})).json()
    known = (await client.get(f"{URL}/exposure", params={"known_at": landed})).json()
    never = await client.get(f"{URL}/exposure", params={"known_at": "2019-01-01T00:00:00Z"})

    assert (then["total_value"], then["as_of"]) == ("1", "2020-01-02T00:00:00Z")
    assert [part["category"] for part in then["categories"]] == [], "not yet valid"
    assert (known["total_value"], known["known_at"]) == ("8", landed)
    assert [part["share"] for part in known["categories"]] == [0.375]
    problem(never, 404, "not-found")


@pytest.mark.usefixtures("drawn")
async def test_stops_have_the_documented_shape_and_add_up(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"{URL}/stops", params={"limit": 1})).json()

    [stop] = body.pop("stops")
    assert stop.pop("attribution").startswith("att_")
    assert stop == {
        "wallet": "acct:listed",
        "hops": 1,
        "reason": "category",
        "category": "sanctions",
        "actor": None,
        "share": 0.75,
        "value": "3",
    }
    assert body.pop("watermark") > 0
    assert body == {
        "wallet": "acct:w",
        "direction": "source",
        "hops": 3,
        "total_value": "4",
        "exact": True,
        "rest": {"count": 1, "share": 0.25, "value": "1"},
        "as_of": None,
        "known_at": None,
        "pool_above": None,
        "flows": 2,
        "max_flows": 30_000,
    }
    pooled = (await client.get(f"{URL}/stops?pool_above=0&as_of=2020-01-04T00:00:00Z")).json()
    assert [(s["wallet"], s["reason"]) for s in pooled["stops"]] == [("acct:listed", "category"), ("acct:x", "pooled")]
    assert (pooled["pool_above"], pooled["as_of"], pooled["rest"]["count"]) == (0, "2020-01-04T00:00:00Z", 0)


@pytest.mark.usefixtures("drawn")
async def test_a_cut_answer_tells_its_bound_and_more_may_be_asked_for(
    settings: Settings, keys: dict[Role, str], graph: Graph
) -> None:
    await land(graph, *(pay(f"p{i}", "x", 1) for i in range(5)))
    low = replace(settings, graph=replace(settings.graph, live_max_flows=4, most_flows=9))

    async with calling(create_app(low), **bearer(keys["admin"])) as client:
        usual = (await client.get(f"{URL}/exposure")).json()
        stops = (await client.get(f"{URL}/stops")).json()
        fewer = (await client.get(f"{URL}/exposure?max_flows=1&as_of=2020-01-02T00:00:00Z")).json()
        more = (await client.get(f"{URL}/exposure?max_flows=9")).json()
        ledger = (await client.get(f"{URL}/stops?max_flows=7")).json()
        score = (await client.get("/api/v1/score/acct:w")).json()
        refused = [await client.get(f"{URL}/{name}?max_flows=10") for name in ("exposure", "stops")]

    told = [(body["exact"], body["flows"], body["max_flows"]) for body in (usual, stops, fewer, more, ledger)]
    assert told == [(False, 7, 4), (False, 7, 4), (False, 4, 1), (True, 7, 9), (True, 7, 7)]
    assert usual["residuals"] == [{"reason": "limit", "share": 0.25, "value": "1"}]
    assert [s["reason"] for s in stops["stops"]] == ["category", "limit"]
    assert more["residuals"] == [{"reason": "origin", "share": 0.25, "value": "1"}]
    assert score["illicit_source_share"] == 0.75 and not [r for r in score["source"]["residuals"] if "limit" in r]
    for answer in refused:
        [error] = problem(answer, 422, "invalid-input")["errors"]
        assert error == {"field": "max_flows", "message": "must be at most 9 (HEADWATER_MOST_FLOWS)"}


@pytest.mark.usefixtures("drawn")
async def test_a_live_score_hears_the_clocks(client: httpx.AsyncClient) -> None:
    now = (await client.get("/api/v1/score/acct:w")).json()
    then = (await client.get("/api/v1/score/acct:w", params={"as_of": "2020-01-02T00:00:00Z"})).json()

    assert (now["illicit_source_share"], now["hop_counts"], now["in_degree"]) == (0.75, [0, 1, 0], 2)
    assert (then["illicit_source_share"], then["hop_counts"], then["in_degree"]) == (0, [0, 0, 0], 1)
    assert (now["as_of"], now["known_at"]) == (None, None)
    assert (then["as_of"], then["known_at"]) == ("2020-01-02T00:00:00Z", None)


@pytest.mark.parametrize("path", [f"{URL}/exposure", f"{URL}/stops", "/api/v1/score/acct:w"])
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("as_of=2020-01-01T00:00:00", "as_of"),
        ("known_at=2020-01-01", "known_at"),
        ("as_of=yesterday", "as_of"),
        ("known_at=null", "known_at"),
        ("known_at=2020-01-01T00:00:00Z&known_at=2030-01-01T00:00:00Z", "known_at"),
        ("as_of=2020-01-01", "as_of"),
        ("as_of=0001-01-01T00:00:00%2B14:00", "as_of"),
        ("known_at=9999-12-31T23:59:59-14:00", "known_at"),
        ("pool_above=-1", "pool_above"),
        ("max_flows=0", "max_flows"),
        ("max_flows=1000000001", "max_flows"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
    ],
)
async def test_what_is_no_time_or_out_of_bounds_is_refused_by_name(
    client: httpx.AsyncClient, path: str, query: str, name: str
) -> None:
    answer = await client.get(f"{path}?{query}")

    assert name in fields(problem(answer, 422, "invalid-input"))
    if query.startswith(("as_of=2020", "as_of=y")):
        assert "zone, such as" in answer.text or "send RFC 3339" in answer.text


async def test_a_word_that_is_no_choice_is_told_the_choices(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{URL}/exposure?direction=up")

    (error,) = problem(answer, 422, "invalid-input")["errors"]
    assert error == {"field": "direction", "message": "must be one of source, destination"}


async def test_an_unlabelled_hub_is_named_and_can_be_stopped_at(
    client: httpx.AsyncClient, graph: Graph, taxonomy: Taxonomy
) -> None:
    await label(graph, taxonomy, p0="scam")
    await land(graph, *(pay(f"p{i}", "hub", 1) for i in range(1001)), pay("hub", "w", 5))

    passed = (await client.get(f"{URL}/exposure")).json()
    stopped = (await client.get(f"{URL}/exposure?pool_above=1001")).json()

    assert passed["hubs"] == [{"wallet": "acct:hub", "counterparties": 1002, "share": 1.0}]
    assert (stopped["hubs"], stopped["pool_above"]) == ([], 1001)
    assert stopped["residuals"] == [{"reason": "pooled", "share": 1.0, "value": "5"}]
    assert START.year == 2020
