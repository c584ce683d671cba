"""A backtest tells for which payments a rule would have fired, decided or not, as of the time of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from graph.errors import InvalidInput
from graph.model import Transaction, Verdict
from jobs.alert_states import Edit
from jobs.backtest_bodies import BacktestInput
from jobs.backtesting import backtest_rule, request_backtest
from jobs.importing import import_transactions
from jobs.rulebook import activate_rule, create_rule
from jobs.runner import Fenced, Progress, run_job
from jobs.screening import screen_transactions
from jobs.services import Services
from jobs.withdrawing import withdraw_transaction
from jobs.worker import HANDLERS
from jobs.working import edit_alert
from ledger import audit, jobs
from ledger.decisions import find_decision
from tests.builders import START, pay
from tests.demo import quiet

LARGE = {"field": "transaction.value", "op": "gte", "value": "100"}


def asked(when: Any = None, **more: Any) -> BacktestInput:
    rule = {"id": "tried", "title": "T", "why": "w", "reason": "T", "score": 0.5, "when": when or LARGE}
    return msgspec.convert({"rule": rule} | more, BacktestInput)


async def tried(services: Services, given: BacktestInput) -> dict[str, Any]:
    job = await request_backtest(services, given, actor="test")
    await run_job(services, HANDLERS, job.id)
    async with services.ledger.read() as connection:
        ended = await jobs.get_job(connection, job.id)
    assert ended.state == "succeeded" and ended.result, ended.error
    return ended.result


async def screen(services: Services, *given: Transaction) -> None:
    await screen_transactions(services, given, actor="test", trace_id="t")


async def waive(services: Services, folder: Path, *given: Transaction) -> None:
    """Land payments as history without decisions, from a file as a person would."""
    rows = [f"{t.id},{t.at.isoformat()},{t.inputs[0].address},{t.outputs[0].address},{t.amount}" for t in given]
    file = folder / "history.csv"
    file.write_text("\n".join(["id,at,sender,receiver,amount", *rows]) + "\n")
    await import_transactions(
        services,
        file,
        network="acct",
        asset="USD",
        mapping=None,
        screening=False,
        actor="test",
        tell=quiet,
    )


async def resolve(services: Services, payment: str, verdict: Verdict) -> None:
    async with services.ledger.read() as connection:
        decided = await find_decision(connection, f"acct:{payment}")
    assert decided is not None and decided.alert is not None
    await edit_alert(
        services, decided.alert, lambda _: Edit(status="resolved", verdict=verdict, reason="looked at"), actor="test"
    )


def names(result: dict[str, Any]) -> list[str]:
    return [example["transaction"] for example in result["examples"]]


async def test_decided_and_waived_history_count_alike(services: Services, tmp_path: Path) -> None:
    # What was imported without screening is what a rule is tried on before anything else;
    # payments whose decision recorded its facts are judged by those.
    # Withdrawn ones never counted.
    await screen(services, pay("a", "b", 150, id="d1"), pay("a", "b", 50, id="d2"), pay("a", "b", 900, id="gone"))
    await waive(services, tmp_path, pay("c", "d", 300, id="w1"), pay("c", "d", 99, id="w2"))
    await withdraw_transaction(services, "acct:gone", reason=None, actor="test")

    result = await tried(services, asked())

    assert names(result) == ["acct:w1", "acct:d1"]
    assert (result["of_total"], result["considered"], result["fired"], result["rate"]) == (4, 4, 2, 0.5)
    assert (result["value"], result["fired_value"]) == ("599", "450")
    assert (result["recorded_facts"], result["decided"], result["not_judged"]) == (2, 2, 0)
    assert (result["rule"], result["version"]) == ("tried", None)


async def test_history_is_judged_as_of_its_own_time(services: Services, tmp_path: Path) -> None:
    # The third payment within the hour is the first that had two before it: what came later must not
    # be held against the earlier ones, although the graph knows it by now.
    payments = [pay("a", "b", 10, id=f"w{number}", day=number / 96) for number in range(4)]
    await waive(services, tmp_path, *payments)

    result = await tried(services, asked({"field": "sender.sent_hour_count", "op": "gte", "value": 2}))

    assert sorted(names(result)) == ["acct:w2", "acct:w3"]


async def test_exposure_is_asked_for_where_the_rule_names_it(services: Services, tmp_path: Path, drawn: None) -> None:
    await waive(services, tmp_path, pay("thief", "a", 10, id="w1"), pay("x", "y", 10, id="w2"))

    dirty = await tried(services, asked({"field": "exposure.source.scam", "op": "gte", "value": 0.5}))
    clean = await tried(services, asked({"field": "exposure.source.illicit", "op": "lte", "value": 0.1}))

    assert (names(dirty), names(clean)) == (["acct:w1"], ["acct:w2"])


@pytest.fixture
async def drawn(services: Services) -> None:
    from tests.builders import label

    await label(services.graph, services.taxonomy, thief="scam")


async def test_recorded_alerts_are_compared(services: Services, drawn: None) -> None:
    # A supervisor wants to know what a rule adds: payments that had an alert anyway, and those that it
    # would have been the first to point at.
    await screen(services, pay("thief", "a", 500, id="d1"), pay("x", "y", 600, id="d2"), pay("thief", "a", 1, id="d3"))

    result = await tried(services, asked())

    assert (result["fired"], result["fired_alerted"], result["fired_unalerted"], result["alerted"]) == (2, 1, 1, 2)
    by_name = {example["transaction"]: example for example in result["examples"]}
    assert by_name["acct:d1"]["alert"] and by_name["acct:d1"]["severity"] == "high"
    assert by_name["acct:d2"]["alert"] is None


async def test_precision_is_by_the_verdicts_on_what_fired(services: Services, drawn: None) -> None:
    # Two of its payments were resolved, one each way; one is open, and one that it did not fire for says nothing.
    await screen(services, *[pay("thief", "a", 500 + number, id=f"d{number}") for number in range(3)])
    await screen(services, pay("thief", "a", 1, id="small"))
    given: list[tuple[str, Verdict]] = [("d0", "confirmed"), ("d1", "false_positive"), ("small", "confirmed")]
    for name, verdict in given:
        await resolve(services, name, verdict)

    result = await tried(services, asked())

    assert (result["fired_alerted"], result["confirmed"], result["false_positives"]) == (3, 1, 1)
    assert result["precision"] == 0.5
    assert (await tried(services, asked(limit=1)))["precision"] == 1.0


async def test_it_is_compared_with_the_version_in_force(services: Services, tmp_path: Path) -> None:
    # Who edits a rule wants to know what the new version brings and what it gives up.
    await waive(services, tmp_path, *[pay("a", "b", value, id=f"w{value}") for value in (50, 200, 900)])
    drawn = asked({"field": "transaction.value", "op": "between", "value": ["40", "300"]})
    assert drawn.rule is not None and (await tried(services, drawn))["in_force"] is None
    await create_rule(services, drawn.rule, actor="test")
    await activate_rule(services, "tried", None, actor="test")

    beside = (await tried(services, asked()))["in_force"]

    counts = ("version", "fired", "only_tried", "only_in_force")
    assert [beside[name] for name in counts] == [1, 2, 1, 1]
    assert names({"examples": beside["lost"]}) == ["acct:w50"]
    assert (await tried(services, BacktestInput(rule_id="tried")))["in_force"] is None


async def test_span_and_limit_bound_it(services: Services, tmp_path: Path) -> None:
    await waive(services, tmp_path, *[pay("a", "b", 200, id=f"w{number}", day=number) for number in range(5)])
    since, until = (START + timedelta(days=day) for day in (1, 3))

    spanned = await tried(services, asked(**{"from": since, "to": until}))
    limited = await tried(services, asked(limit=2))

    assert sorted(names(spanned)) == ["acct:w1", "acct:w2"]
    assert (limited["of_total"], limited["considered"], limited["fired"]) == (5, 2, 2)


async def test_pages_join_without_gap_or_overlap(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.backtesting.PAGE", 3)
    await waive(services, tmp_path, *[pay("a", f"b{number}", 100 + number, id=f"w{number}") for number in range(10)])

    result = await tried(services, asked({"field": "transaction.value", "op": "gte", "value": "105"}))

    assert (result["considered"], result["fired"]) == (10, 5)
    assert names(result) == [f"acct:w{number}" for number in (9, 8, 7, 6, 5)]


async def test_what_lands_meanwhile_is_never_more_than_there_is(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A long backtest beside live posts: "12 of 10" would make nobody trust the other figures.
    monkeypatch.setattr("jobs.backtesting.PAGE", 1)
    await waive(services, tmp_path, pay("a", "b", 200, id="w1"))
    job = await request_backtest(services, asked(), actor="test")
    told: list[tuple[int | None, int | None]] = []

    async def progress(_: str, done: int | None = None, total: int | None = None) -> None:
        told.append((done, total))
        if done == 0:
            await screen(services, pay("a", "b", 300, id="w2"))

    done = await backtest_rule(services, job, cast(Progress, progress))

    assert told == [(0, 1), (1, 1), (2, 2)]
    assert (done.result["considered"], done.result["of_total"]) == (2, 2)


async def test_a_rule_that_cannot_be_judged_is_counted_apart(services: Services) -> None:
    # Written so that nobody saw it coming when the rule was checked.
    purposes = ("b" * 60 + "!", "bbb")
    await screen(services, *[msgspec.structs.replace(pay("a", "b", 1), purpose=purpose) for purpose in purposes])

    result = await tried(
        services, asked({"field": "transaction.purpose", "op": "regex", "value": r"(\x62|\x62|\x62\x62)+$"})
    )

    assert (result["fired"], result["not_judged"]) == (1, 1)
    assert "longer than" in result["not_judged_why"]


async def test_a_graph_rule_is_asked_as_of_then(services: Services, tmp_path: Path) -> None:
    # The shipped fan-in rule over a fan of six payers, landed as history: only the payment that makes it
    # a fan fires, not the ones before it. A lone payment beside it never does.
    fan = [pay(f"p{number}", "hub", 900 + number, id=f"f{number}", day=number / 48) for number in range(12)]
    await waive(services, tmp_path, *fan, pay("x", "y", 900, id="lone"))

    result = await tried(services, BacktestInput(rule_id="fan_in"))

    assert (result["rule"], result["version"], result["not_judged"]) == ("fan_in", 1, 0)
    assert "acct:f11" in names(result)
    assert not {"acct:f0", "acct:f1", "acct:lone"} & set(names(result))


async def test_a_killed_backtest_begins_again_and_tells_once(services: Services, tmp_path: Path) -> None:
    # Nothing is written on the way, so an attempt that was overtaken leaves nothing behind.
    await waive(services, tmp_path, *[pay("a", "b", 200, id=f"w{number}") for number in range(3)])
    job = await request_backtest(services, asked(), actor="test")
    async with services.ledger.transaction() as connection:
        first = await jobs.claim_job(connection, job.id, lease_s=0)
    assert first is not None
    await run_job(services, HANDLERS, job.id)

    with pytest.raises(Fenced):
        await backtest_rule(services, first, Progress(services, first))

    async with services.ledger.read() as connection:
        told = [event.action for event in await audit.list_events(connection, subject="tried")]
        ended = await jobs.get_job(connection, job.id)
    assert told == ["rule.backtest_requested", "rule.backtested"]
    assert (ended.state, ended.attempt, ended.result and ended.result["fired"]) == ("succeeded", 2, 3)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"rule_id": "fan_in"}, "rule"),
        ({"version": 1}, "version"),
        ({"from": datetime(2020, 1, 2, tzinfo=UTC), "to": datetime(2020, 1, 1, tzinfo=UTC)}, "to"),
        ({"when": {"field": "sender.colour", "op": "eq", "value": 1}}, "when.field"),
    ],
)
async def test_what_cannot_be_tried_is_named(services: Services, given: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await request_backtest(services, asked(given.pop("when", None), **given), actor="test")

    assert [error.field for error in caught.value.errors] == [place]
    async with services.ledger.read() as connection:
        assert await jobs.list_jobs(connection) == []


async def test_an_unknown_rule_or_version_is_refused(services: Services) -> None:
    with pytest.raises(InvalidInput, match="rule_id"):
        await request_backtest(services, BacktestInput(rule_id="nobody"), actor="test")
    with pytest.raises(InvalidInput, match="versions 1 to 1"):
        await request_backtest(services, BacktestInput(rule_id="fan_in", version=7), actor="test")
