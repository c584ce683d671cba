"""The book: the policy and the rules in force, read from the ledger whenever they have changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec
import structlog
from msgspec import Struct

from graph.errors import InvalidInput
from jobs.shipped import shipped_rules
from jobs.shipping import ship
from ledger import book as ledger
from ledger import policies, rules
from ledger.book import InForce
from ledger.rules import RuleVersion
from ledger.session import Connection, Ledger
from risk.conditions import CompiledRule, compile_rule, uncompiled
from risk.policy import DEFAULT_POLICY, Policy
from risk.rules import Condition, Rule
from risk.signals.rules import CUT

log = structlog.get_logger()


class Book(Struct, frozen=True):
    """What decisions are made by; `revision` is 0 for what was shipped and is not yet recorded."""

    revision: int
    policy: Policy
    rules: tuple[CompiledRule, ...]


@lru_cache(1)
def shipped_book() -> Book:
    """What a new ledger begins with."""
    return Book(0, DEFAULT_POLICY, tuple(compile_rule(rule) for rule in shipped_rules()))


async def load_book(ledger_: Ledger) -> Book:
    """Read the book in force; an empty ledger is given what was shipped, by whoever comes first."""
    async with ledger_.read() as connection:
        revision = await ledger.get_revision(connection)
        if revision:
            return await _read(connection, revision)
    async with ledger_.transaction() as connection:
        if not await ledger.lock_book(connection):
            await ship(connection)
    async with ledger_.read() as connection:
        return await _read(connection, await ledger.get_revision(connection))


async def get_policy(connection: Connection, policy: str) -> Policy:
    """Return a recorded policy by its id; raises NotFound."""
    return read_policy((await policies.get_policy(connection, policy)).body)


async def get_rules(connection: Connection, versions: Sequence[tuple[str, int]]) -> list[CompiledRule]:
    """Return recorded versions of rules, compiled, in order of id; one that is not recorded is left out."""
    return [_compiled(one) for one in await rules.find_versions(connection, versions)]


def read_rule(body: str) -> Rule:
    """Return the rule of a recorded body."""
    return msgspec.json.decode(body, type=Rule)


def read_policy(body: str) -> Policy:
    """Return the policy of a recorded body."""
    return msgspec.json.decode(body, type=Policy)


async def _read(connection: Connection, revision: int) -> Book:
    """The book as of a revision: what is committed meanwhile is of a later one."""
    policy = await ledger.policy_in_force(connection, revision)
    in_force = await ledger.rules_in_force(connection, revision)
    compiled = tuple(_compiled(one) for one in in_force)
    return Book(revision, await get_policy(connection, policy) if policy else DEFAULT_POLICY, compiled)


def _compiled(recorded: InForce | RuleVersion) -> CompiledRule:
    """A recorded rule; one of another version of this software that cannot be judged here says so when asked."""
    try:
        rule = read_rule(recorded.body)
    except msgspec.ValidationError as error:
        return uncompiled(_unreadable(recorded), _told(recorded, str(error)))
    try:
        return compile_rule(rule)
    except InvalidInput as error:
        return uncompiled(rule, _told(recorded, str(error)))


def _told(recorded: InForce | RuleVersion, reason: str) -> str:
    log.error("rule_not_judged", rule=recorded.rule, version=recorded.version, error=reason)
    return reason


def _unreadable(recorded: InForce | RuleVersion) -> Rule:
    """What stands for a rule of which no more than id and version can be told here."""
    return Rule(
        id=recorded.rule,
        version=recorded.version,
        title=recorded.rule,
        why="",
        reason=CUT,
        score=0.0,
        when=Condition(),
    )
