"""A graph filled from the ledger is the graph that was: to the digest, in exposures, now and at any time before."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import neo4j
import pytest

from graph.clock import Clock
from graph.digest import graph_digest
from graph.errors import NotFound, Rebuilding
from graph.exposure import get_exposure
from graph.model import Attribution, Exposure, Job
from jobs.attributing import commit_attributions, withdraw_attributions
from jobs.rebuilding import NotEmpty, Rebuilt, rebuild
from jobs.runner import Done, Progress, run_job
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.verifying import verify_ledger
from jobs.withdrawing import withdraw_transaction
from ledger.jobs import create_job
from tests.builders import START, key, pay, transfer
from tests.conftest import empty_graph
from tests.jobs.test_verifying import edit
from tests.servers import Servers

NAMES = "abcdefghij"


async def populated(services: Services, seed: int, changes: int = 60) -> list[datetime]:
    """Random payments, withdrawals, re-landings, attributions recorded and withdrawn; when each was known."""
    draw, standing, known, said = Random(seed), list[Any](), list[datetime](), list[str]()
    for number in range(changes):
        kind = draw.choices(("pay", "many", "withdraw", "again", "label", "unlabel"), (6, 3, 2, 2, 2, 1))[0]
        if kind in ("pay", "many"):
            one = _pool(number) if number == 20 else _payment(draw, number, many=kind == "many")
            await screen_transactions(services, [one], actor="test", trace_id="trace")
            standing.append(one)
        elif kind == "label":
            given = _label(draw, said)
            said += (await commit_attributions(services, [given], actor="test", source_name="drawn")).ids
        elif kind == "unlabel" and said:
            await withdraw_attributions(services, [draw.choice(said)], reason="wrong", actor="test")
        elif standing:
            one = draw.choice(standing)
            await withdraw_transaction(services, one.key, reason="reorganised", actor="test")
            if kind == "again":
                await screen_transactions(services, [one], actor="test", trace_id="trace")
        known.append((await services.graph.read("counter_now", now=START))[0]["at"])
    return known


def _payment(draw: Random, number: int, *, many: bool) -> Any:
    sizes = (draw.randint(0, 3), draw.randint(1, 3)) if many else (1, 1)
    inputs, outputs = ([(draw.choice(NAMES), draw.choice((1, 2.5, 7, 0))) for _ in range(n)] for n in sizes)
    if inputs:
        inputs[0] = (inputs[0][0], inputs[0][1] + sum(units for _, units in outputs))
    return transfer(inputs, outputs, id=f"r{number}", day=draw.randint(0, 9))


def _pool(number: int) -> Any:
    return transfer(
        {f"i{i}": 1 + i % 3 for i in range(150)} | {"a": 9}, {f"o{i}": 1 for i in range(140)}, id=f"r{number}"
    )


def _label(draw: Random, said: list[str]) -> Attribution:
    wallet, category = key(draw.choice(NAMES)), draw.choice(("scam", "sanctions", "exchange", "dex"))
    return Attribution(id="", wallet=wallet, category=category, source="drawn", confidence=draw.choice((1.0, 0.4)))


async def exposures(services: Services, clock: Clock) -> list[Exposure | None]:
    found: list[Exposure | None] = []
    for name in (*NAMES, "o3", "i7"):
        for direction in ("source", "destination"):
            tracing = services.tracing(direction, 3, clock=clock)  # type: ignore[arg-type]
            try:
                found.append(await get_exposure(tracing, key(name)))
            except NotFound:
                found.append(None)
    return found


def differing(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two JSON values differ by more than adding up in another order does."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [text for name in one for text in differing(one[name], other[name], f"{place}.{name}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        # Equal shares may stand in either order.
        pairs = zip(sorted(one, key=_named), sorted(other, key=_named), strict=True)
        return [text for i, pair in enumerate(pairs) for text in differing(*pair, f"{place}.{i}")]
    is_same = one == other or (isinstance(one, float) and other == pytest.approx(one, abs=1e-9))
    return [] if is_same else [f"{place}: {one} is {other}"]


def _named(value: Any) -> list[str]:
    names = ("wallet", "direction", "reason", "category", "actor", "attributions")
    return [str(value.get(name)) for name in names] if isinstance(value, dict) else [str(value)]


def plain(found: list[list[Exposure | None]]) -> list[dict[str, Any]]:
    """Exposures as JSON values, by what was asked, but for how far the database was asked to go at once."""
    return [{str(i): _plain(one) for i, one in enumerate(of)} for of in found]


def _plain(one: Exposure | None) -> dict[str, Any] | None:
    value = msgspec.json.decode(msgspec.json.encode(one))
    return value and {name: value[name] for name in value if name != "max_flows"}


async def rebuilt(services: Services, *, replace: bool = False) -> Rebuilt:
    return await rebuild(services, replace=replace, actor="test", tell=lambda report: None)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_rebuilt_graph_is_the_one_that_was(services: Services, cypher: neo4j.Session, seed: int) -> None:
    known = await populated(services, seed)
    clocks = [
        Clock(),
        Clock(as_of=START + timedelta(days=4)),
        *(Clock(known_at=at) for at in Random(seed).sample(known, 3)),
        Clock(as_of=START + timedelta(days=6), known_at=known[30]),
    ]
    before, seen = await graph_digest(services.graph), [await exposures(services, clock) for clock in clocks]
    watermark = await services.graph.watermark()

    empty_graph(cypher)
    report = await rebuilt(services)

    assert await graph_digest(services.graph) == before
    now = [await exposures(services, clock) for clock in clocks]
    for before_it, after_it in zip(plain(seen), plain(now), strict=True):
        assert differing(before_it, after_it) == []
    assert report.refused == [] and await services.graph.watermark() == watermark
    assert (await verify_ledger(services, lambda text: None)).findings == []
    # What comes next goes on where the old graph was.
    [screened] = await screen_transactions(services, [pay("a", "b", 1)], actor="test", trace_id="trace")
    assert screened.seq == watermark + 1


async def test_a_rebuild_that_was_stopped_goes_on(services: Services, cypher: neo4j.Session) -> None:
    await populated(services, 3, 30)
    before = await graph_digest(services.graph)
    empty_graph(cypher)

    with pytest.raises(KeyboardInterrupt):
        await rebuild(services, replace=False, actor="test", tell=_interrupt, rows=5)
    assert (await graph_digest(services.graph)).transactions == 5
    report = await rebuilt(services)

    assert report.known == 5 and await graph_digest(services.graph) == before


async def test_half_a_graph_takes_nothing_and_no_job_counts_on_it(services: Services, cypher: neo4j.Session) -> None:
    """Stopped in the middle, it waits for whoever ends the rebuild; then all goes on as if nothing had been."""
    [given], label = [pay("a", "b", 1, id="x1")], Attribution(id="", wallet=key("a"), category="scam", source="drawn")
    await populated(services, 3, 30)
    async with services.ledger.transaction() as connection:
        job = await create_job(connection, "fine", {})
    empty_graph(cypher)
    with pytest.raises(KeyboardInterrupt):
        await rebuild(services, replace=False, actor="test", tell=_interrupt, rows=5)
    half = await graph_digest(services.graph)

    for attempt in (
        screen_transactions(services, [given], actor="test", trace_id="trace"),
        commit_attributions(services, [label], actor="test", source_name="drawn"),
        withdraw_transaction(services, "acct:nobody", reason="reorganised", actor="test"),
    ):
        with pytest.raises(Rebuilding, match="the graph is being rebuilt"):
            await attempt
    assert not await run_job(services, {"fine": _done}, job.id)
    assert await graph_digest(services.graph) == half
    await rebuilt(services)

    [screened] = await screen_transactions(services, [given], actor="test", trace_id="trace")
    assert screened.created and await run_job(services, {"fine": _done}, job.id)


async def _done(_services: Services, _job: Job, _progress: Progress) -> Done:
    return Done({})


def _interrupt(report: Rebuilt) -> None:
    raise KeyboardInterrupt


async def test_a_graph_in_use_is_not_rebuilt_unless_it_may_be_emptied(services: Services) -> None:
    await populated(services, 4, 25)
    before = await graph_digest(services.graph)

    with pytest.raises(NotEmpty, match="--replace empties it first"):
        await rebuilt(services)
    assert await graph_digest(services.graph) == before
    await rebuilt(services, replace=True)

    assert await graph_digest(services.graph) == before


async def test_a_ledger_that_was_edited_gives_another_graph(
    services: Services, servers: Servers, cypher: neo4j.Session
) -> None:
    # An amount alone contradicts its digest, and is left out; an amount with its digest gives another graph.
    payments = [pay("a", "b", 5, id="e1"), pay("b", "c", 2, id="e2")]
    await screen_transactions(services, payments, actor="test", trace_id="trace")
    before = await graph_digest(services.graph)
    edit(
        servers,
        "landed",
        "UPDATE landed SET body = replace(body, '\"5\"', '\"5.000001\"') WHERE transaction = 'acct:e1'",
    )

    empty_graph(cypher)
    report = await rebuilt(services)

    assert report.refused == ["transaction acct:e1: its body is not what its digest says"]
    assert await graph_digest(services.graph) != before
    edit(
        servers,
        "landed",
        "UPDATE landed SET content = encode(sha256(convert_to((body::json -> 'content')::text, 'UTF8')), 'hex'),"
        " body = replace(body, '5000000', '5000001') WHERE transaction = 'acct:e1'",
    )
    assert (await rebuilt(services, replace=True)).refused == []
    assert await graph_digest(services.graph) != before
    assert any("acct:e1 has other content" in text for text in (await verify_ledger(services, lambda t: None)).findings)
