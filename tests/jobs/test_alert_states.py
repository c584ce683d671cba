"""An alert goes where the table lets it, and nowhere else; what was made of it is all on record.

A machine edits two alerts at random, with any state, assignee, verdict and reason. A model of a few lines says what
must come of each; the alert, its history, its verdicts and the audit log must say the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from msgspec import UNSET

from graph.errors import InvalidInput
from graph.model import Alert
from jobs import alert_states
from jobs.alert_states import Edit, change_of
from jobs.services import Services, open_services
from jobs.working import edit_alert
from ledger.alert_changes import list_changes
from ledger.alerts import get_alert, record_alerts
from ledger.audit import list_events, verify
from ledger.decisions import record_decisions
from ledger.landed import record_landed
from ledger.verdicts import list_labels
from tests.conftest import empty_ledger
from tests.ledger.records import alert, decision, landed
from tests.servers import Servers

NAMES = ("alr_0001", "alr_0002")
STATES = ("open", "acknowledged", "resolved", "dismissed")
EDITS = st.builds(
    Edit,
    status=st.sampled_from([UNSET, *STATES, *STATES]),
    assignee=st.sampled_from([UNSET, UNSET, None, "ann", "bob"]),
    verdict=st.sampled_from([UNSET, UNSET, "confirmed", "false_positive", "inconclusive"]),
    reason=st.sampled_from([None, "because"]),
)
FORWARD = {("open", "acknowledged"), ("acknowledged", "open"), ("resolved", "open"), ("dismissed", "open")} | {
    (one, end) for one in ("open", "acknowledged") for end in ("resolved", "dismissed")
}


class Model:
    """What one alert must be."""

    def __init__(self) -> None:
        self.status, self.assignee, self.verdict, self.version = "open", None, None, 1

    def edit(self, edit: Edit) -> bool:
        """Take an edit, or refuse it."""
        given = [edit.status, edit.assignee, edit.verdict]
        status = self.status if edit.status is UNSET else edit.status
        moves, ends = status != self.status, status in ("resolved", "dismissed")
        if (
            all(one is UNSET for one in given)
            or (moves and (self.status, status) not in FORWARD)
            or (edit.verdict is not UNSET and not ends)
            or (moves and status == "dismissed" and edit.reason is None)
        ):
            return False
        was = self.state()
        usual = {"resolved": "confirmed", "dismissed": "false_positive"}.get(status) if moves else self.verdict
        self.verdict = usual if edit.verdict is UNSET else edit.verdict
        self.status = status
        self.assignee = self.assignee if edit.assignee is UNSET else edit.assignee
        self.version += self.state() != was
        return True

    def state(self) -> tuple[Any, ...]:
        return self.status, self.assignee, self.verdict


class Desk(RuleBasedStateMachine):
    """Two alerts in a ledger beside their models."""

    def __init__(self, runner: asyncio.Runner, servers: Servers, services: Services, tally: list[bool]) -> None:
        super().__init__()
        empty_ledger(servers.postgres_admin_url)
        self.run, self.services, self.tally = runner.run, services, tally
        self.models = {name: Model() for name in NAMES}

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())

    async def _begin(self) -> None:
        async with self.services.ledger.transaction() as connection:
            await record_landed(connection, [landed("eth:1")])
            await record_decisions(connection, [decision("eth:1")])
            await record_alerts(connection, [alert(number, "eth:1") for number in (1, 2)])

    @rule(name=st.sampled_from(NAMES), edit=EDITS)
    def edit(self, name: str, edit: Edit) -> None:
        expected = self.models[name].edit(edit)
        try:
            found = self.run(edit_alert(self.services, name, lambda _: edit, actor="tester"))
        except InvalidInput:
            found = None
        self.tally.append(expected)
        assert (found is not None) == expected, edit
        if found:
            self.hold(name, found)

    def hold(self, name: str, found: Alert) -> None:
        model = self.models[name]
        assert (found.status, found.assignee, found.verdict, found.version) == (*model.state(), model.version)

    def teardown(self) -> None:
        self.run(self._compare())

    async def _compare(self) -> None:
        async with self.services.ledger.read() as connection:
            events = [e for e in await list_events(connection, limit=1_000) if e.action == "alert.changed"]
            labels, _ = await list_labels(connection)
            assert (await verify(connection)).bad_seq is None
            for name, model in self.models.items():
                self.hold(name, await get_alert(connection, name))
                changes, _ = await list_changes(connection, name)
                assert [one.version for one in changes] == list(range(2, model.version + 1))
                assert [e.body["version"] for e in events if e.subject == name] == list(range(2, model.version + 1))
                assert [one.verdict for one in labels if one.alert == name] == (
                    [model.verdict] if model.verdict else []
                )


@contextmanager
def services_of(runner: asyncio.Runner, servers: Servers) -> Iterator[Services]:
    context = open_services(servers.settings())
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


def work(servers: Servers, examples: int, phases: tuple[Phase, ...] = tuple(Phase)) -> list[bool]:
    """Let the machine run; returns for every edit whether it was to be taken."""
    tally: list[bool] = []
    with asyncio.Runner() as runner, services_of(runner, servers) as services:
        tried = settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(lambda: Desk(runner, servers, services, tally), settings=tried)
    return tally


def test_alerts_go_where_the_table_lets_them_and_all_of_it_is_on_record(servers: Servers) -> None:
    tally = work(servers, 12)

    assert tally.count(True) > 10 and tally.count(False) > 10


def test_a_table_that_lets_too_much_through_is_noticed(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: from resolved straight to dismissed."""
    wrong = dict(alert_states.TRANSITIONS) | {"resolved": frozenset({"open", "dismissed"})}
    monkeypatch.setattr(alert_states, "TRANSITIONS", wrong)

    with pytest.raises(AssertionError):
        work(servers, 60, (Phase.generate,))


@pytest.mark.parametrize(
    ("before", "edit", "field"),
    [
        ({}, Edit(status="dismissed"), "reason"),
        ({}, Edit(verdict="confirmed"), "verdict"),
        ({}, Edit(reason="so"), "body"),
        ({"status": "resolved", "verdict": "confirmed"}, Edit(status="acknowledged"), "status"),
        ({"status": "resolved", "verdict": "confirmed"}, Edit(status="open", verdict="confirmed"), "verdict"),
    ],
    ids=str,
)
def test_what_cannot_be_is_named(before: dict[str, Any], edit: Edit, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        change_of(alert(1, "eth:1", **before), edit, "tester")

    assert [error.field for error in refused.value.errors] == [field]
