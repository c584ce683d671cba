"""What comes with the software, recorded: all of it in a new ledger, later what an older ledger does not have yet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import msgspec
import structlog
from msgspec.structs import replace

from jobs.rule_bodies import rule_input
from jobs.shipped import shipped_rules
from ledger import audit, book, policies, rules
from ledger.canonical import canonical_json
from ledger.rules import RuleRecord, RuleVersion
from ledger.session import Connection, Ledger
from risk.policy import CLASSIC_POLICY, DEFAULT_POLICY, FIRST_POLICY, MODELLED_POLICY, Policy
from risk.rules import Rule

ACTOR = "headwater"
# DEFAULT_POLICY comes into force in a new ledger; the one for models waits until somebody has models.
SHIPPED_POLICIES = (FIRST_POLICY, CLASSIC_POLICY, DEFAULT_POLICY, MODELLED_POLICY)
log = structlog.get_logger()


async def ship(connection: Connection) -> None:
    """Record what is shipped and bring it into force, as one event; the book must be locked, and new."""
    shipped = shipped_rules()
    for policy in SHIPPED_POLICIES:
        await _record_policy(connection, policy)
    version = _named(DEFAULT_POLICY)[1]
    await book.record_change(connection, "policy", DEFAULT_POLICY.id, version, state="active", actor=ACTOR)
    for rule in shipped:
        await rules.record_version(connection, rule.id, rule.version, canonical_json(rule), ACTOR)
        await book.record_change(connection, "rule", rule.id, rule.version, state="active", actor=ACTOR)
    body = {
        "policy": DEFAULT_POLICY.id,
        "policies": [policy.id for policy in SHIPPED_POLICIES],
        "rules": {rule.id: rule.version for rule in shipped},
    }
    await audit.append(connection, audit.EventDraft(ACTOR, "book.shipped", DEFAULT_POLICY.id, body))


async def ship_what_is_new(
    ledger: Ledger, shipped: Sequence[Rule] | None = None, added: Sequence[Policy] = SHIPPED_POLICIES
) -> None:
    """Record as drafts the rules and policies of this version of the software that a ledger with a book has not.

    Nothing comes into force by it. A shipped rule of other content becomes the next version of its rule; one that
    people changed, retired or named so is left as it is.
    """
    given = shipped_rules() if shipped is None else shipped
    async with ledger.read() as connection:
        if not await _unknown(connection, given) and not await _unrecorded(connection, added):
            return
    async with ledger.transaction() as connection:
        await book.lock_book(connection)
        drafts, unrecorded = await _unknown(connection, given), await _unrecorded(connection, added)
        if not drafts and not unrecorded:
            return
        for rule in drafts:
            await rules.record_version(connection, rule.id, rule.version, canonical_json(rule), ACTOR)
        for policy in unrecorded:
            await _record_policy(connection, policy)
        body = {
            "policies": [policy.id for policy in unrecorded],
            "rules": {rule.id: rule.version for rule in drafts},
        }
        await audit.append(connection, audit.EventDraft(ACTOR, "book.extended", "book", body))
    log.info("shipped_rules_added", **body)


async def _unknown(connection: Connection, shipped: Sequence[Rule]) -> list[Rule]:
    """The shipped rules to be added, each with the version it would have."""
    known = await rules.find_rules(connection, [rule.id for rule in shipped])
    added = []
    for rule in shipped:
        latest = known.get(rule.id)
        if latest is None or await _is_newer(connection, rule, latest):
            added.append(rule_input(rule).to_rule(rule.id, latest.version + 1 if latest else 1))
    return added


async def _is_newer(connection: Connection, rule: Rule, latest: RuleRecord) -> bool:
    """Whether a shipped rule says what no version of it said, and people have not made it their own."""
    if latest.author != ACTOR or latest.state == "retired" or _says(latest, rule):
        return False
    # Not the latest alone: an older program must not add again what a newer one has replaced.
    return not any(_says(one, rule) for one in await rules.list_versions(connection, rule.id))


def _says(recorded: RuleVersion, rule: Rule) -> bool:
    """Whether a recorded version is a shipped rule but for its number; compared as rules, since texts gain fields."""
    with suppress(msgspec.ValidationError):
        return replace(msgspec.json.decode(recorded.body, type=Rule), version=rule.version) == rule
    return False


async def _unrecorded(connection: Connection, shipped: Sequence[Policy]) -> list[Policy]:
    found = []
    for policy in shipped:
        name, version = _named(policy)
        latest = await policies.find_latest(connection, name)
        if latest is None or latest.version < version:
            found.append(policy)
    return found


async def _record_policy(connection: Connection, policy: Policy) -> None:
    name, version = _named(policy)
    await policies.record_policy(connection, name, version, canonical_json(policy), ACTOR)


def _named(policy: Policy) -> tuple[str, int]:
    """The name and the version that a policy's id is made of."""
    name, _, version = policy.id.rpartition("-")
    return name, int(version)
