"""Policies edited by people: a new version under a name, and which one of all is in force."""

from __future__ import annotations

from msgspec import to_builtins
from msgspec.structs import replace

from jobs.book import read_policy
from jobs.policy_bodies import PolicyInput, policy_of
from jobs.scoring import request_scoring_run
from jobs.services import Services
from ledger import audit
from ledger import policies as ledger
from ledger.book import get_revision, lock_book, policy_in_force, record_change
from ledger.canonical import canonical_json
from ledger.policies import PolicyRecord
from ledger.session import Connection


async def create_policy(services: Services, given: PolicyInput, *, actor: str) -> tuple[PolicyRecord, bool]:
    """Record the next version under a name; return it and whether it is new: what the latest says already is known.

    It is not in force before it is activated. Raises InvalidInput.
    """
    policy_of(given, 1, services.taxonomy)
    await services.current_book()
    async with services.ledger.transaction() as connection:
        await lock_book(connection)
        latest = await ledger.find_latest(connection, given.name)
        policy = policy_of(given, latest.version + 1 if latest else 1, services.taxonomy)
        if latest is not None and replace(read_policy(latest.body), id=policy.id) == policy:
            return latest, False
        version = latest.version + 1 if latest else 1
        await ledger.record_policy(connection, given.name, version, canonical_json(policy), actor)
        record = await ledger.get_policy(connection, policy.id)
        draft = audit.EventDraft(actor, "policy.created", policy.id, {"policy": to_builtins(policy)})
        await audit.append(connection, draft)
        return record, True


async def activate_policy(services: Services, policy: str, *, actor: str) -> PolicyRecord:
    """Bring a policy into force in place of the one that is; done already is done. Raises NotFound.

    Where it scores wallets otherwise, a scoring run is queued: until it is finished, stored scores are of both.
    """
    before = await _scoring(services)
    async with services.ledger.transaction() as connection:
        revision = await lock_book(connection)
        record = await ledger.get_policy(connection, policy)
        previous = await policy_in_force(connection, revision)
        if previous == record.id:
            return record
        await record_change(connection, "policy", record.id, record.version, state="active", actor=actor)
        draft = audit.EventDraft(actor, "policy.activated", record.id, {"previous": previous})
        await audit.append(connection, draft)
    if before != await _scoring(services):
        await request_scoring_run(services, actor=actor)
    return record


async def _scoring(services: Services) -> tuple[int, tuple[float, float, float], dict[str, float], float]:
    """What the stored scores of wallets depend on."""
    policy = (await services.current_book()).policy
    return policy.hops, policy.hop_weights, policy.wallet_weights, policy.illicit_share


async def id_in_force(connection: Connection) -> str | None:
    """The id of the policy in force now."""
    return await policy_in_force(connection, await get_revision(connection))
