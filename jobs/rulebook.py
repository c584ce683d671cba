"""Rules edited by people: a draft, its versions, in force, retired. Each change is appended, with its event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from graph.errors import FieldError, InvalidInput
from jobs.book import read_rule
from jobs.fixtures import check_rule
from jobs.rule_bodies import RuleInput, rule_input
from jobs.services import Services
from ledger import audit
from ledger import rules as ledger
from ledger.book import lock_book, record_change
from ledger.canonical import canonical_json
from ledger.errors import BookConflict
from ledger.ids import new_id
from ledger.rules import RuleRecord
from ledger.session import Connection
from risk.conditions import compile_rule
from risk.rules import Rule

# Raises unless the editor has seen the rule as it is.
Seen = Callable[[RuleRecord], None]


async def create_rule(services: Services, given: RuleInput, *, actor: str) -> tuple[RuleRecord, bool]:
    """Record version 1 of a rule as a draft; return it and whether it is new.

    The same content under the same id is known. Raises InvalidInput, and BookConflict where the id has other content.
    """
    rule = given.to_rule(given.id or new_id("rul"), 1)
    await _check(services, rule)
    await services.current_book()
    async with services.ledger.transaction() as connection:
        await lock_book(connection)
        known = await ledger.find_rule(connection, rule.id)
        if known is not None:
            if _content(read_rule(known.body)) != _content(rule):
                raise BookConflict(f"rule {rule.id} is already there with other content; change it with PUT")
            return known, False
        return await _record(connection, rule, "rule.created", actor), True


async def change_rule(
    services: Services, name: str, change: Callable[[RuleInput], RuleInput], *, seen: Seen, actor: str
) -> RuleRecord:
    """Append a new version; the one in force stays in force. What changes nothing makes no version.

    `change` is given the latest version. Raises NotFound, InvalidInput and what `seen` raises.
    """
    async with services.ledger.transaction() as connection:
        await lock_book(connection)
        latest = await ledger.get_rule(connection, name)
        seen(latest)
        given = change(rule_input(read_rule(latest.body)))
        if given.id not in (None, name):
            raise InvalidInput(FieldError("id", f"is that of another rule; leave it out, or send {name}"))
        rule = given.to_rule(name, latest.version + 1)
        await _check(services, rule)
        if _content(rule) == _content(read_rule(latest.body)):
            return latest
        return await _record(connection, rule, "rule.changed", actor)


async def activate_rule(services: Services, name: str, version: int | None, *, actor: str) -> RuleRecord:
    """Bring a version of a rule into force, the latest if None; done already is done.

    A graph rule must find its positive fixtures and none of the negative ones. Raises NotFound and InvalidInput.
    """
    async with services.ledger.read() as connection:
        latest = await ledger.get_rule(connection, name)
        wanted = latest.version if version is None else version
        found = await ledger.find_versions(connection, [(name, wanted)])
    if not found:
        raise InvalidInput(FieldError("version", f"rule {name} has the versions 1 to {latest.version}"))
    rule = read_rule(found[0].body)
    await _check(services, rule)
    await check_rule(services, rule)
    async with services.ledger.transaction() as connection:
        await lock_book(connection)
        known = await ledger.get_rule(connection, name)
        if known.active_version == wanted:
            return known
        await record_change(connection, "rule", name, wanted, state="active", actor=actor)
        body = {"version": wanted, "previous": known.active_version}
        return await _told(connection, name, "rule.activated", body, actor)


async def retire_rule(services: Services, name: str, *, actor: str) -> RuleRecord:
    """Take a rule out of force, or give a draft up; its versions stay. Raises NotFound."""
    async with services.ledger.transaction() as connection:
        await lock_book(connection)
        known = await ledger.get_rule(connection, name)
        if known.state == "retired":
            return known
        version = known.active_version or known.version
        await record_change(connection, "rule", name, version, state="retired", actor=actor)
        return await _told(connection, name, "rule.retired", {"version": version, "previous": known.state}, actor)


async def _record(connection: Connection, rule: Rule, action: str, actor: str) -> RuleRecord:
    await ledger.record_version(connection, rule.id, rule.version, canonical_json(rule), actor)
    body = {"version": rule.version, "rule": msgspec.to_builtins(rule_input(rule))}
    return await _told(connection, rule.id, action, body, actor)


async def _told(connection: Connection, name: str, action: str, body: dict[str, Any], actor: str) -> RuleRecord:
    """Append the event and return the rule as it is now."""
    record = await ledger.get_rule(connection, name)
    await audit.append(connection, audit.EventDraft(actor, action, name, body))
    return record


async def _check(services: Services, rule: Rule) -> None:
    # Trying its expressions takes a while, in which other requests are answered.
    await asyncio.to_thread(compile_rule, rule, services.taxonomy.names)


def _content(rule: Rule) -> str:
    """All of a rule but its version, as canonical JSON."""
    return canonical_json(rule_input(rule))
