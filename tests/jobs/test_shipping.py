"""Rules that a later version of the software brings: added to an older ledger as drafts, over nobody's own."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.structs import replace

from jobs.rulebook import activate_rule, change_rule, retire_rule
from jobs.services import Services, open_services
from jobs.shipped import shipped_rules
from jobs.shipping import SHIPPED_POLICIES, ship_what_is_new
from ledger import audit, rules
from ledger.book import lock_book, record_change
from ledger.canonical import canonical_json
from ledger.policies import find_latest
from ledger.rules import RuleRecord
from risk.rules import Rule
from settings import Settings


def of(name: str, **changes: Any) -> Rule:
    return replace(next(rule for rule in shipped_rules() if rule.id == name), **changes)


NEW = of("large_amount", id="larger_amount")


async def found(services: Services, name: str) -> RuleRecord:
    async with services.ledger.read() as connection:
        return await rules.get_rule(connection, name)


async def told(services: Services) -> list[dict[str, Any]]:
    async with services.ledger.read() as connection:
        events = await audit.list_events(connection, action="book.extended")
    assert {event.actor for event in events} <= {"headwater"}
    return [event.body for event in events]


async def test_a_rule_that_is_new_is_a_draft_and_changes_no_decision(services: Services) -> None:
    before = await services.current_book()

    await asyncio.gather(*(ship_what_is_new(services.ledger, [*shipped_rules(), NEW]) for _ in range(5)))

    added = await found(services, NEW.id)
    assert (added.state, added.version, added.author) == ("draft", 1, "headwater")
    assert await services.current_book() is before
    assert await told(services) == [{"policies": [], "rules": {NEW.id: 1}}]
    assert (await activate_rule(services, NEW.id, None, actor="ann")).state == "active"


async def test_a_shipped_rule_of_other_content_is_its_next_version_and_not_in_force(services: Services) -> None:
    await services.current_book()
    newer = of("large_amount", why="Another reason.")

    await ship_what_is_new(services.ledger, [newer])
    await ship_what_is_new(services.ledger, [of("large_amount")])  # an older program, started after a newer one
    await ship_what_is_new(services.ledger, [newer])

    rule = await found(services, "large_amount")
    assert (rule.version, rule.active_version, rule.state) == (2, 1, "active")
    assert await told(services) == [{"policies": [], "rules": {"large_amount": 2}}]


async def test_what_people_changed_retired_or_named_so_is_left_as_it_is(services: Services) -> None:
    await services.current_book()

    def edited(given: Any) -> Any:
        return replace(given, title="Ours")

    await change_rule(services, "large_amount", edited, seen=lambda _: None, actor="ann")
    await retire_rule(services, "night_time", actor="ann")
    await ship_what_is_new(services.ledger, [of("large_amount", why="x"), of("night_time", why="x")])

    assert (await found(services, "large_amount")).version == 2
    assert (await found(services, "night_time")).version == 1
    assert await told(services) == []


async def test_a_policy_that_is_new_is_recorded_and_not_in_force(services: Services) -> None:
    book = await services.current_book()
    newer = replace(SHIPPED_POLICIES[-1], id="default-9")

    await ship_what_is_new(services.ledger, [], [*SHIPPED_POLICIES, newer])

    async with services.ledger.read() as connection:
        latest = await find_latest(connection, "default")
    assert latest is not None and (latest.id, latest.author) == ("default-9", "headwater")
    assert await services.current_book() is book
    assert await told(services) == [{"policies": ["default-9"], "rules": {}}]


async def test_a_program_that_starts_adds_what_its_ledger_lacks(services: Services, settings: Settings) -> None:
    # As after an update: the ledger has a book of an earlier day, with one rule.
    only = of("night_time")
    async with services.ledger.transaction() as connection:
        await lock_book(connection)
        await rules.record_version(connection, only.id, 1, canonical_json(only), "headwater")
        await record_change(connection, "rule", only.id, 1, state="active", actor="headwater")

    async with open_services(settings) as other, open_services(settings) as third:
        books = await asyncio.gather(*(one.current_book() for one in (other, third) * 5))

    assert {tuple(one.rule.id for one in book.rules) for book in books} == {(only.id,)}
    [event] = await told(services)
    assert event["rules"] == {rule.id: 1 for rule in shipped_rules() if rule.id != only.id}
    assert event["policies"] == [policy.id for policy in SHIPPED_POLICIES]
