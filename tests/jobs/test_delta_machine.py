"""Delta = full: whatever happened in whatever order, what is stored equals a second opinion from scratch.

A machine lands, repeats, withdraws and re-lands transactions of few and of many parties, out of order, records and
withdraws attributions, scores and drains. At every step live answers equal the reference, at once; after a drain so
does what is stored; and any earlier state can be asked for by its two clocks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import neo4j
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from msgspec.structs import replace

from graph import sums
from graph.attributions import attributions_about, record_attributions, withdraw_attributions
from graph.clock import NOW, Clock
from graph.exposure import get_exposure
from graph.live import hop_counts_of
from graph.marks import count_marks
from graph.model import Attribution, Transaction
from graph.schema import apply_schema
from graph.withdrawal import withdraw_transaction
from jobs.rescreening_requests import request_rescreening
from jobs.runner import run_job
from jobs.scoring import request_scoring_run
from jobs.services import Services, open_services
from jobs.worker import HANDLERS
from ledger.jobs import get_job
from ledger.scores import find_score
from tests.builders import START, key, land
from tests.conftest import empty_graph, empty_ledger
from tests.drawing import DIRECTIONS, LABELS, NAMES, agree, shares, transfers
from tests.history import Change, History
from tests.servers import Servers

MAX_PAIRS = 3
HOPS = 3
SPANS = ((None, None), (None, START + timedelta(days=2)), (START + timedelta(days=2), None))


@dataclass
class Tally:
    """How many answers were held against the reference, so that a machine that looks at nothing is noticed."""

    stored: int = 0
    live: int = 0
    past: int = 0

    def run(self, make: Callable[[Tally], Money], examples: int, steps: int) -> Tally:
        """Run the machine that many times over at most that many steps."""
        tried = settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_state_machine_as_test(lambda: make(self), settings=tried)
        return self


class Money(RuleBasedStateMachine):
    """One graph and its ledger beside the list of what was done to them."""

    def __init__(self, runner: asyncio.Runner, servers: Servers, cypher: neo4j.Session, tally: Tally) -> None:
        super().__init__()
        self.tally = tally
        empty_graph(cypher)
        empty_ledger(servers.postgres_admin_url)
        self.run, self.cypher = runner.run, cypher
        self.context = open_services(servers.settings())
        self.services: Services = self.run(self.context.__aenter__())
        self.run(apply_schema(self.services.graph))
        self.history = History(self.services.taxonomy, MAX_PAIRS)
        self.withdrawn: dict[str, Transaction] = {}
        self.is_scored = False

    def teardown(self) -> None:
        try:
            if self.is_scored:
                self.drain()
        finally:
            self.run(self.context.__aexit__(None, None, None))

    @initialize(
        first=st.lists(transfers(), min_size=6, max_size=10),
        labels=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(LABELS), min_size=1, max_size=3),
    )
    def begin(self, first: list[Transaction], labels: dict[str, str]) -> None:
        self.land(first)
        for name, category in labels.items():
            self.attribute(name, category, 0.9, False, SPANS[0])
        self.score()

    @rule(batch=st.lists(transfers(), min_size=1, max_size=3))
    def land(self, batch: list[Transaction]) -> None:
        landings = self.run(land(self.services.graph, *batch))
        assert {landing.status for landing in landings} == {"landed"}
        self.note(added=list(batch))

    @precondition(lambda self: self.transactions())
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.transactions()))
        assert [one.status for one in self.run(land(self.services.graph, again, again))] == ["known", "known"]

    @precondition(lambda self: self.transactions())
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.transactions()))
        self.run(withdraw_transaction(self.services.graph, gone.key))
        self.withdrawn[gone.key] = gone
        self.note(removed=[gone.key])

    @precondition(lambda self: self.withdrawn)
    @rule(data=st.data(), hours=st.sampled_from([0, 30]))
    def land_again(self, data: st.DataObject, hours: int) -> None:
        back = self.withdrawn.pop(data.draw(st.sampled_from(sorted(self.withdrawn))))
        moved = replace(back, at=back.at + timedelta(hours=hours))
        assert [one.status for one in self.run(land(self.services.graph, moved))] == ["relanded"]
        self.note(added=[moved])

    @rule(
        name=st.sampled_from(NAMES),
        category=st.sampled_from([*LABELS, "not_in_the_table"]),
        confidence=st.sampled_from([0.3, 0.9]),
        official=st.booleans(),
        span=st.sampled_from(SPANS),
    )
    def attribute(self, name: str, category: str, confidence: float, official: bool, span: tuple) -> None:
        given = Attribution(
            id="",
            wallet=key(name),
            category=category,
            source="drawn",
            confidence=confidence,
            official=official and category == "sanctions",
            valid_from=span[0],
            valid_to=span[1],
        )
        self.run(record_attributions(self.services.graph, [given], self.services.taxonomy, author="test"))
        self.note_attributions()

    @precondition(lambda self: self.attributions())
    @rule(data=st.data())
    def unattribute(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.attributions()))
        self.run(withdraw_attributions(self.services.graph, [gone], self.services.taxonomy))
        self.note_attributions()

    # A run takes all marks with it, so it is kept rare: what is to be found is what a drain leaves wrong.
    @precondition(lambda self: len(self.history.changes) % 7 == 0)
    @rule()
    def score(self) -> None:
        _, job = self.run(request_scoring_run(self.services, actor="test", hops=HOPS))
        self.finish(job.id)
        self.is_scored = True
        self.compare_stored()

    @rule()
    def drain(self) -> None:
        while self.run(count_marks(self.services.graph)):
            self.finish(self.run(request_rescreening(self.services)).id)
        self.compare_stored()

    @rule(name=st.sampled_from(NAMES))
    def ask(self, name: str) -> None:
        self.compare(key(name), NOW)
        counts = self.run(hop_counts_of(self.services.graph, key(name))) if key(name) in self.wallets() else None
        if counts is not None:
            assert (counts.at_0, counts.at_1, counts.at_2) == self.hops(key(name))[1]

    @rule(data=st.data(), name=st.sampled_from(NAMES), day=st.sampled_from([None, 0, 2, 4]))
    def look_back(self, data: st.DataObject, name: str, day: int | None) -> None:
        known_at = data.draw(st.sampled_from([None, *(change.at for change in self.history.changes)]))
        self.compare(key(name), Clock(None if day is None else START + timedelta(days=day), known_at))

    # What follows looks; it changes nothing.

    def transactions(self) -> list[Transaction]:
        return [one for one in self.history.known() if isinstance(one, Transaction)]

    def attributions(self) -> list[str]:
        return sorted(one.id for one in self.history.known() if isinstance(one, Attribution))

    def note(self, **change: list) -> None:
        at = (
            self.cypher.run("MATCH (c:Counter {name: 'graph'}) RETURN c.at AS at").single(strict=True)["at"].to_native()
        )
        self.history.changes.append(Change(at=at.astimezone(UTC), **change))

    def note_attributions(self) -> None:
        about = self.run(attributions_about(self.services.graph, [key(name) for name in NAMES]))
        now = {one.id: one for one in about if one.withdrawn_at is None}
        before = {one.id for one in self.history.known() if isinstance(one, Attribution)}
        if set(now) != before:
            self.note(added=[now[i] for i in set(now) - before], removed=sorted(before - set(now)))

    def wallets(self) -> set[str]:
        return {record["key"] for record in self.cypher.run("MATCH (w:Wallet) RETURN w.key AS key")}

    def finish(self, job: str) -> None:
        async def work() -> None:
            await run_job(self.services, HANDLERS, job)
            async with self.services.ledger.read() as connection:
                done = await get_job(connection, job)
            assert done.state == "succeeded", done.error

        self.run(work())

    def compare(self, wallet: str, clock: Clock) -> None:
        """The live answer against the reference, both sides."""
        expected = self.history.reference(datetime.now(UTC), as_of=clock.as_of, known_at=clock.known_at)
        for direction in DIRECTIONS:
            if not expected.total(wallet, direction):
                continue
            found = self.run(get_exposure(self.services.tracing(direction, HOPS, clock=clock), wallet))
            agree(shares(found), expected.exposure(wallet, HOPS, direction))
            if clock:
                self.tally.past += 1
            else:
                self.tally.live += 1
            assert found.total_value == expected.total(wallet, direction)
            assert found.passed_through == pytest.approx(expected.passed_through(wallet, HOPS, direction), abs=1e-9)

    def hops(self, wallet: str) -> tuple[float, tuple[int, int, int]]:
        reference = self.history.reference(datetime.now(UTC))
        return reference.hop_score(wallet, {w for w, c in reference.stop.items() if c in ("scam", "sanctions")})

    def compare_stored(self) -> None:
        """Every stored score against the reference."""
        reference = self.history.reference(datetime.now(UTC))
        for wallet in sorted(self.wallets()):
            stored = self.run(self.stored(wallet))
            assert stored is not None, wallet
            for direction, document in (("source", stored.source), ("destination", stored.destination)):
                expected = reference.exposure(wallet, HOPS, direction) if reference.total(wallet, direction) else {}
                agree(document["categories"] | document["residuals"], expected)
                assert document["total_value"] == reference.total(wallet, direction)
                passed = reference.passed_through(wallet, HOPS, direction)
                assert document["passed_through"] == pytest.approx(passed, abs=1e-9)
            self.tally.stored += 1
            score, counts = self.hops(wallet)
            assert (stored.hop_counts, stored.hop_score) == (counts, pytest.approx(score, abs=1e-9)), wallet

    async def stored(self, wallet: str):
        async with self.services.ledger.read() as connection:
            return await find_score(connection, wallet)


@pytest.fixture
def machine(servers: Servers, cypher: neo4j.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[partial]:
    monkeypatch.setattr(sums, "MAX_PAIRS", MAX_PAIRS)
    with asyncio.Runner() as runner:
        yield partial(Money, runner, servers, cypher)


def test_any_sequence_of_changes_ends_where_a_fresh_start_would(machine: partial) -> None:
    tally = Tally()
    for _ in range(3):  # thirty sequences have been drawn that never asked about the past
        tally.run(machine, examples=30, steps=20)
        if min(tally.stored, tally.live, tally.past) > 0:
            break
    print(tally)

    assert min(tally.stored, tally.live, tally.past) > 0, tally


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_any_long_sequence_of_changes_ends_where_a_fresh_start_would(machine: partial) -> None:
    tally = Tally().run(machine, examples=250, steps=40)
    print(tally)

    assert min(tally.stored, tally.live, tally.past) > 30, tally
