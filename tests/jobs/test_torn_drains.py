"""A drain writes to graph and ledger side by side: with one done and the other not, the next makes both whole."""

from __future__ import annotations

import asyncio
from typing import Any

import neo4j
import pytest

from graph.marks import count_marks
from graph.taxonomy import Taxonomy
from graph.withdrawal import withdraw_transaction
from jobs import rescreening
from jobs.rescreening_requests import request_rescreening
from jobs.runner import run_job
from jobs.services import Services
from jobs.worker import HANDLERS
from tests.builders import key, label, land, pay
from tests.jobs.test_rescreening import Killed, alerts_of, changes_of, drain, events_of, score, stored, unlabel
from tests.jobs.test_retracing import odd

WAY = pay("a", "hub", 50, day=1)
PAYMENTS = (
    pay("thief", "a", 30),
    pay("clean", "a", 71),
    WAY,
    pay("swap", "hub", 7),
    pay("hub", "b", 11, day=2),
    pay("b", "c", 3, day=3),
)
WRITES = {"graph": "store_rescores", "ledger": "record_outcome"}


@pytest.fixture
async def scored(services: Services, taxonomy: Taxonomy) -> Services:
    await land(services.graph, *PAYMENTS)
    await label(services.graph, taxonomy, swap="dex")
    await score(services)
    return services


async def torn(services: Services, monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    """A drain that dies when what it wrote to `kept` is committed, and nothing of it to the other."""
    committed = asyncio.Event()
    writes = {name: getattr(rescreening, name) for name in WRITES.values()}

    async def commits(*given: Any, **more: Any) -> None:
        await writes[WRITES[kept]](*given, **more)
        committed.set()

    async def dies(*_: Any, **__: Any) -> None:
        await committed.wait()
        raise Killed

    for where, name in WRITES.items():
        monkeypatch.setattr(rescreening, name, commits if where == kept else dies)
    await run_job(services, HANDLERS, (await request_rescreening(services)).id)
    monkeypatch.undo()
    assert committed.is_set() and await count_marks(services.graph) > 0


@pytest.mark.parametrize("kept", WRITES)
async def test_what_is_written_to_one_alone_is_seen_and_mended_by_the_next_drain(
    scored: Services, taxonomy: Taxonomy, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    await label(scored.graph, taxonomy, thief="ransomware")

    await torn(scored, monkeypatch, kept)

    assert await odd(scored, cypher), "what is half written differs from a whole count"
    await drain(scored)
    assert await odd(scored, cypher) == []
    [change] = await changes_of(scored, "b")
    assert change.before is not None and change.before.score == 0 < change.after.score
    assert [alert.wallets for alert in await alerts_of(scored, class_="retro")] == [(key("thief"),)]
    assert len(await events_of(scored, "alert.opened")) == 1


@pytest.mark.parametrize("kept", WRITES)
async def test_what_changes_before_it_is_mended_is_counted_with_it(
    scored: Services, taxonomy: Taxonomy, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    """The way by which a wallet was reached is gone when the drain is done again, and with it what it was given."""
    await label(scored.graph, taxonomy, thief="ransomware")
    await torn(scored, monkeypatch, kept)

    await withdraw_transaction(scored.graph, WAY.key)
    await land(scored.graph, pay("clean", "b", 5), pay("a", "new", 2))
    await drain(scored)

    assert await odd(scored, cypher) == []
    assert (await stored(scored, "c")).illicit_source_share == 0
    assert (await stored(scored, "new")).illicit_source_share == pytest.approx(30 / 101)


@pytest.mark.parametrize("kept", WRITES)
async def test_what_is_undone_before_it_is_mended_leaves_nothing_behind(
    scored: Services, taxonomy: Taxonomy, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    await label(scored.graph, taxonomy, thief="ransomware")
    await torn(scored, monkeypatch, kept)

    await unlabel(scored, taxonomy, "thief")
    await drain(scored)

    assert await odd(scored, cypher) == []
    assert (await stored(scored, "b")).score == 0
