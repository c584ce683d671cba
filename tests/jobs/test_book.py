"""The book: recorded once whoever comes first, read again only when it has moved, kept for what is old."""

from __future__ import annotations

import asyncio

import msgspec
from msgspec.structs import replace

from jobs.book import get_rules, shipped_book
from jobs.policy_bodies import policy_input
from jobs.policybook import activate_policy, create_policy
from jobs.replaying import request_replay
from jobs.rulebook import retire_rule
from jobs.runner import run_job
from jobs.scoring import request_scoring_run
from jobs.screening import screen_transactions
from jobs.services import Services, open_services
from jobs.worker import HANDLERS
from ledger import audit, jobs, runs
from ledger.book import lock_book, record_change
from ledger.canonical import canonical_json
from ledger.rules import record_version
from risk.rules import Condition
from settings import Settings
from tests.builders import label, pay


async def test_what_is_shipped_is_recorded_once_by_many_who_come_first(services: Services, settings: Settings) -> None:
    # A new service gets its first requests all at once, in several processes, more of them than a pool has connections.
    # None may wait for another's connection, and the book must not be there twice.
    async with open_services(settings) as other:
        books = await asyncio.gather(*(one.current_book() for one in (services, other) * 20))

    assert len({book.revision for book in books}) == 1
    assert [one.rule.id for one in books[0].rules] == [one.rule.id for one in shipped_book().rules]
    assert books[0].policy == shipped_book().policy
    async with services.ledger.read() as connection:
        [event] = await audit.list_events(connection, action="book.shipped")
    assert event.body["rules"] == {one.rule.id: 1 for one in books[0].rules}


async def test_the_book_is_read_again_only_when_it_has_moved(services: Services) -> None:
    first = await services.current_book()
    assert await services.current_book() is first

    await retire_rule(services, "night_time", actor="test")

    second = await services.current_book()
    assert second.revision == first.revision + 1
    assert {one.rule.id for one in first.rules} - {one.rule.id for one in second.rules} == {"night_time"}


async def test_a_rule_that_this_version_cannot_judge_is_told_by_every_decision(services: Services) -> None:
    # Written by a later version of the software that knew more fields: it must neither stop the payments
    # nor be passed over in silence.
    book = await services.current_book()
    known = next(one.rule for one in book.rules if one.rule.id == "high_risk_channel")
    strange = replace(known, id="strange", when=Condition(field="sender.shoe_size", op="exists"))
    stranger = msgspec.to_builtins(replace(known, id="stranger")) | {"mood": "bad"}
    async with services.ledger.transaction() as connection:
        await lock_book(connection)
        for name, body in (("strange", strange), ("stranger", stranger)):
            await record_version(connection, name, 1, canonical_json(body), "test")
            await record_change(connection, "rule", name, 1, state="active", actor="test")

    [screened] = await screen_transactions(services, [pay("a", "b", 5)], actor="test", trace_id="t")

    assert screened.decision is not None
    [rules] = [signal for signal in screened.decision.signals if signal.name == "rules"]
    assert rules.value == 0.0
    assert [(told.reason, told.value) for told in rules.contributions] == [("RULE_NOT_JUDGED", 0.0)] * 2
    details = [told.detail for told in rules.contributions]
    assert details[0].startswith("strange: when.field")
    assert details[1].startswith("stranger: ") and "mood" in details[1]


async def test_a_run_is_replayed_under_its_own_policy(services: Services) -> None:
    # Another policy weighs distances otherwise: replaying under that one gives other numbers.
    # The last run shows that it would have been seen.
    await label(services.graph, services.taxonomy, thief="scam")
    await screen_transactions(services, [pay("thief", "a", 5), pay("a", "b", 5)], actor="test", trace_id="t")
    old = await scored(services)
    given = replace(policy_input(services.policy), name="near", hop_weights=(1.0, 0.1, 0.1))
    await create_policy(services, given, actor="test")
    await activate_policy(services, "near-1", actor="test")

    async with services.ledger.read() as connection:
        assert [job.name for job in await jobs.list_jobs(connection, state="queued")] == ["score_graph"]
    job = await request_replay(services, old, actor="test")
    await run_job(services, HANDLERS, job.id)

    new = await scored(services)
    async with services.ledger.read() as connection:
        replayed = (await jobs.get_job(connection, job.id)).result
        before, after = await runs.find_run(connection, old), await runs.find_run(connection, new)
    assert replayed and replayed["identical"]
    assert before and after and before.digest != after.digest
    assert (before.policy, after.policy) == ("default-2", "near-1")


async def scored(services: Services) -> str:
    run, job = await request_scoring_run(services, actor="test")
    await run_job(services, HANDLERS, job.id)
    return run.id


async def test_a_recorded_version_is_found_for_ever(services: Services) -> None:
    await services.current_book()
    await retire_rule(services, "structuring", actor="test")

    async with services.ledger.read() as connection:
        found = await get_rules(connection, [("structuring", 1), ("structuring", 2), ("nobody", 1)])

    assert [(one.rule.id, one.rule.version) for one in found] == [("structuring", 1)]
